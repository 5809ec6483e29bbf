/** Everyday English words that ask for one another: the class a question names, and what an answer says instead. */
import { wordForm } from "./word-forms.ts";

/** A line is a group. Before the colon: words of questions, alike in meaning. After it: what stands for them in answers. */
const groups = `
job work career profession occupation employment employer living: hired boss company office salary business shift coworker teacher nurse engineer doctor lawyer manager
study major degree field subject education: college university school class course graduate program student semester
school college university campus: student class semester teacher professor graduate
exam test assessment: quiz score grade finals midterm
grade score mark: exam percent
assignment homework: paper essay project presentation due deadline
teacher professor instructor: class
hobby hobbies interest interests pastime activity activities leisure fun enjoy: love like fun play paint hike read music sport game dance cook garden pottery photography
enjoy like love prefer favorite favourite fond: fan best awesome adore
pet animal pets: dog cat puppy kitten turtle rabbit hamster bird fish parrot horse
dog puppy: pup breed leash
cat kitten: kitty
food meal dish cuisine eat: cook dinner lunch breakfast recipe restaurant delicious tasty pizza pasta soup salad cake chicken rice spaghetti
dinner lunch breakfast meal: ate eat cook
drink beverage: coffee tea wine beer juice chocolate smoothie
dessert sweet: cake cookie chocolate pie
recipe ingredient: cook bake made mix sauce
instrument: guitar piano violin drums cello flute clarinet ukulele trumpet
music song musician band artist concert: sing album listen melody guitar piano rock jazz
sport sports exercise workout fitness: run gym yoga soccer basketball tennis swim hike football volleyball baseball climb bike
race run running: marathon 5k charity
book novel author read reading: library story chapter series
movie film show series: watch tv netflix hulu episode cinema actor
game games: play video console board chess
art artwork artist craft: paint draw sculpture pottery gallery canvas sketch
paint painting: canvas brush art
travel trip vacation holiday journey visit destination: went go drove flew road flight hotel beach mountain abroad tour
country nation abroad: spain italy france japan china mexico canada germany england india brazil
city town hometown: live grew moved
live reside residence home: apartment house building moved neighborhood
hometown origin childhood: grew born raised
move relocate: moved apartment
family relative relatives: mom dad sister brother parent son daughter cousin grandma uncle aunt kid
parent parents: mom dad
sibling siblings: sister brother
child kid kids children: son daughter baby toddler
spouse husband wife partner married: wedding marry engaged anniversary fiance
relationship dating status romance: boyfriend girlfriend single married date broke
marry married wedding: bride engaged anniversary spouse
friend friends: buddy pal
health illness sick condition medical: doctor hospital pain allergy diagnosed surgery medicine injury flu
allergy allergic: sensitive reaction
injury hurt: broke sprain pain fell
stress relax destress cope unwind: yoga meditate walk calm therapy
feel feeling emotion mood: happy sad proud nervous excited scared anxious grateful
afraid fear scared nervous worried anxious: terrified worry
happy excited: thrilled glad joy
buy purchase bought: got order shop store new
cost price expensive pay paid spend: dollar $ bucks cheap
money finance income earn: dollar savings invest budget salary
car vehicle drive: truck suv toyota honda ford tesla
transport commute: bus train car bike subway
phone device gadget computer: laptop iphone ipad mac android tablet
app software tool: program website
language languages: spanish french german english chinese japanese korean italian
religion faith church belief: god pray mission temple bible
clothes clothing outfit wear: dress shirt jacket shoes jeans
color colour: red blue green yellow purple pink orange black white
weather climate: rain snow sunny hot cold
season: spring summer autumn fall winter
birthday born age old: turn party
gift present: gave got birthday
goal plan plans dream aspiration future ambition hope: want going someday
award prize win won: contest competition medal trophy
contest competition tournament: win compete match
event party celebration gathering: festival parade ceremony conference
volunteer charity help donate: shelter community service fundraiser
support help encourage: advice
advice recommend recommendation suggest suggestion: should try check
problem issue trouble difficulty challenge: hard broke struggle fix error
decide decision choose chose: plan
start begin began: first new
quit stop leave left: anymore
meet met: introduced
learn taught skill: class lesson practice
reason why cause: because so since
inspire inspiration motivate motivation: motivated because
favorite best: love
nature outdoor outdoors: hike camp forest mountain lake beach trail park
camp camping: tent
plant plants garden flower: tree rose tomato sunflower grow
house home: apartment bedroom kitchen bought rent
spicy hot: heat
end finish complete: done
attend participate join partake involved: went go event meeting group signed part
attend visit: went go been
create make build: made design craft wrote paint
receive get: got gave gift sent
obtain acquire purchase: got bought
research investigate explore: look read learn study search
pursue: want study career apply
realize discover learn: found understand noticed
achieve accomplish accomplishment achievement success: finish won proud goal passed
struggle overcome challenge: hard difficult tough
symbol symbolize represent meaning significance: mean remind
remind reminder memory nostalgia: remember
identity identify: gay lesbian transgender bisexual queer woman man nonbinary
nationality origin heritage roots background: american mexican chinese indian italian born country grew
status: single married divorced
breakup divorce split: broke ended single
pregnant baby: born due son daughter
adopt adoption foster: agency shelter child
bake baking: cake cookie bread pie oven
cook chef kitchen: recipe dish meal dinner
vegetarian vegan diet: meat healthy vegetable
restaurant cafe: dinner food ate table
fruit: apple banana orange strawberry peach mango
vegetable: carrot tomato spinach broccoli potato
meat: beef chicken pork steak bacon
breakfast: egg pancake toast cereal
snack: chips cookie fruit nuts
hike trail: mountain walk
swim swimming: pool beach lake
beach coast ocean sea: sand wave surf
climb mountain: peak summit
ski snowboard: snow mountain slope
fish fishing: lake boat
dance dancing: ballet salsa hip studio class
sing singer choir: song voice
yoga meditation: relax calm mindful
gym workout: weights lift
team club league: play coach
coach trainer: team practice
bike cycle: ride
boat sail: lake kayak canoe
flight airport: plane fly flew
hotel stay: airbnb resort room
souvenir: bought
museum exhibit gallery: art history
festival fair: music food
concert show performance: band sing live ticket
theater play musical: stage drama
actor actress celebrity: movie star
comedy funny: laugh joke hilarious
horror scary: creepy ghost
genre: fantasy mystery romance thriller fiction jazz rock pop
magazine newspaper news: article
poem poetry poet: write
write writer writing author: book story blog novel script
photography photographer camera: photo picture
sculpture pottery ceramic: clay bowl
knit sew craft: yarn fabric
decorate decoration: lights wall color
furniture: couch table chair bed desk
repair fix: broke mechanic
tool: hammer drill
garden gardening: flower plant vegetable soil
flower: rose sunflower tulip lily daisy
tree: oak pine leaf
bird: parrot owl eagle
insect bug: bee butterfly
farm farmer: cow horse chicken crop field
crop: corn wheat rice cotton
wild wildlife animal: deer bear fox lion elephant
zoo aquarium: animal
reptile: snake turtle lizard
science scientist: physics chemistry biology lab
laboratory lab experiment: chemistry
math mathematics: algebra calculus
history historical: war king century ancient
war military army: soldier navy served veteran
politics political government: election vote president law policy
law lawyer legal court: attorney case sue
crime criminal: police stole arrested
police officer: cop
doctor physician: hospital clinic medicine
nurse medical: hospital
medicine medication drug: pill prescription vitamin
surgery operation: hospital knee
disease illness: cancer diabetes asthma flu covid
dentist tooth: teeth
therapy therapist counselor counseling mental: anxiety depression
sleep tired rest: nap bed insomnia night
weight: pounds lbs kilos lost diet
tall height: feet inch
age old: years birthday young
young childhood kid: grew little
teenager teen: high
boss manager supervisor: work
coworker colleague: work team
promotion promoted: raise manager title
interview hire hired: job apply
fired layoff unemployed: lost job quit
retire retirement: retired
startup business company entrepreneur: founded launch own shop store
shop store: bought sell opened
customer client: order
product sell sale: launch
market marketing advertise: brand social
engineer engineering: design build
programming code coding developer software: java python javascript program
computer laptop: mac pc
database server: sql postgres
error bug crash failure: broken fix exception
bill invoice payment: charge paid card
refund return: money back order
delivery shipping package: arrived order tracking
account password login: email
contact email phone: number call address
address: street avenue road
internet wifi website online: site
social media: instagram facebook twitter post youtube tiktok
video: youtube watch channel
vehicle car: drive bought honda toyota ford tesla
accident crash: hit car
train bus subway: ride station
license: drive test
bank loan debt: money mortgage
rent mortgage: apartment pay
tax: income
roommate housemate: live apartment dorm
neighbor neighborhood: street
holiday: christmas thanksgiving halloween easter
christmas: tree santa presents
halloween: costume candy
anniversary: years married
graduation graduate: degree college finish senior
freshman sophomore junior senior year: college
scholarship grant: tuition
internship intern: summer company
apply application: accepted
mission missionary: served
church religious: pray sunday
bible scripture: read
pray prayer: god
belief opinion think: believe view
advice tip: should try
secret: tell told
promise: will
lie: truth
dream nightmare: sleep
superpower power: fly invisible
wish: want hope
prefer preference: like rather better
hate dislike: annoying worst boring can't
angry mad upset: annoyed furious
sad grief: cry lost died
died death pass passed: funeral lost
proud: accomplish
lonely alone: friend
love romantic: heart crush
date dating: girlfriend boyfriend
personality trait character: kind shy outgoing funny
appearance look looks: hair tall eyes
hair: blonde brown curly
tattoo piercing: ink
jewelry: ring necklace bracelet
shoe shoes: sneakers boots
size: big small
temperature: degrees cold hot
storm: rain hurricane wind thunder
sunset sunrise: sky
star space astronomy: planet moon telescope
camp: tent fire
fire: burn
picnic: park
park: walk trail
park playground: kids
walk stroll: park dog
routine habit: morning every usually
schedule: monday tuesday wednesday thursday friday saturday sunday
often frequency: every times weekly daily twice once
frequently: always usually
duration long: hours minutes weeks months years
number count: two three four five
amount quantity: much
origin: from
type kind: sort
brand model: 
name called: named
nickname: call
pet name: called
group organization: club support member
conference workshop seminar: talk attend
speech talk presentation: gave
meeting: met team call
deadline due: friday monday tomorrow
project: working build
inspire: because
influence: inspired
teach tutor: student lesson class
mentor: help guide
skill talent ability: good learn can
fail failed: lost bad
injured: knee ankle broke
recover recovery: better healing
`;

const relatedTo = new Map<string, Map<string, number>>();
for (const line of groups.split("\n")) {
  const [asking = "", answering = ""] = line.split(":").map((part) => part.trim());
  const heads = formsOf(asking);
  const members = formsOf(answering);
  for (const head of heads) {
    for (const other of heads) relate(head, other, 1);
    for (const member of members) relate(head, member, 0.6);
  }
}

function formsOf(words: string): string[] {
  return words === "" ? [] : words.split(/\s+/).map(wordForm);
}

function relate(from: string, to: string, share: number): void {
  if (from !== to) {
    const known = relatedTo.get(from) ?? new Map<string, number>();
    known.set(to, Math.max(known.get(to) ?? 0, share));
    relatedTo.set(from, known);
  }
}

const none: ReadonlyMap<string, number> = new Map();

/** The words that may answer for `form`, each with a share of at most 1. */
export function relatedWords(form: string): ReadonlyMap<string, number> {
  return relatedTo.get(form) ?? none;
}
