/** Made-up lives to talk about, for conversations whose evidence is known. */

export interface Topic {
  /** Asked later, with {name}; its words are mostly not those of the answer. */
  readonly question: string;
  /** What the other one says just before. */
  readonly lead: string;
  /** What the named one says, with {value}: the evidence. */
  readonly answer: string;
  readonly values: readonly string[];
}

/** question | lead | answer | values, by commas. */
function topics(lines: string): Topic[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => {
      const [question = "", lead = "", answer = "", values = ""] = line.split("|").map((part) => part.trim());
      return { question, lead, answer, values: values.split(",").map((value) => value.trim()) };
    });
}

export const domains: Readonly<Record<string, readonly Topic[]>> = {
  friends: topics(`
What pet does {name} have?|Anything new at home? You wanted a pet.|We went to the shelter and took {value} home. The kids are over the moon.|a greyhound,two kittens,an old beagle,a grey rabbit
What is {name}'s pet called?|Have you settled on what to call your new pet?|It took a family vote, but {value} won.|Biscuit,Moxie,Pepper,Captain
What instrument is {name} learning?|What do you do with your evenings now?|I am learning again and take lessons. Nobody warned me. The {value} is harder than I remember, my fingers hurt.|cello,accordion,trumpet,banjo
Where did {name} grow up?|You never told me about your childhood. Where was that?|Not much to tell, a small place near {value}, one school, one bakery.|Tromsø,Galway,Split,Bergamo
What does {name} do for a living?|How was your week?|Long. Since I work at the {value} I leave before the sun is up.|planetarium,shipyard,tax office,seed library
When did {name} run the half marathon?|You look tired!|I did it, my first half marathon, twenty-one kilometres {value}. My knees complain about every one of them.|yesterday,last Sunday,two days ago,last Saturday
Which book did {name} recommend?|I need something to read on the train, which book is good?|Try {value}. I stayed up until three because of it.|The Salt Path,Piranesi,Stoner,The Overstory
What is {name} allergic to?|Shall I bring something to eat, or are there allergies?|Lovely, only keep {value} away from me or you will meet the ambulance crew.|walnuts,shellfish,sesame,kiwi
How did {name} meet the partner?|How did you and your partner meet, actually?|We both reached for the same umbrella at {value}. I let go first.|a jazz night,the ferry terminal,a pottery fair,the night bus
What did {name} buy for the kitchen?|And, has the kitchen money been spent?|All of it. There is {value} on the counter now and no room for anything else.|an espresso machine,a copper kettle,a bread oven,a pasta press
Why did {name} move to another town?|Do you miss the old place, now that you have moved?|A bit. But the rent doubled, and {value} settled it.|the damp in the bedroom,the noise of the new road,my mother's hip,the shorter commute
What sport does {name} play on Thursdays?|Are you free this Thursday?|No, that is {value} night, and the team is one short already.|badminton,curling,water polo,fencing
`),
  support: topics(`
Which plan is {name} on?|May I ask which plan you subscribed to?|We pay for {value}, with the yearly discount.|the Studio tier,the Team tier,the Atlas bundle,the Solo tier
What error did {name} see?|What happens when you try, is there an error?|It stops halfway and shows {value} in red.|E-4417,code 0x80ff,a 507 response,fault KX-9
Which version is {name} running?|Can you look up which version that is?|One moment. It says {value}.|7.14.2,2025.3,build 9931,4.0-beta
When did the problem of {name} begin?|Since when do you have the problem?|It worked until {value}, then the sync never finished again.|last Tuesday,yesterday morning,two weeks ago,the start of the month
What is {name}'s order number?|Do you have the order confirmation at hand?|Found it: {value}.|CR-55102,ZZ-8741,9-331-07,AB20391
Where should the replacement for {name} be shipped?|We can ship you a new one.|Please not to the office. {value} is best, somebody is home all day.|14 Alder Lane,Dock 3 in Leith,the shop on Mill Road,my sister's flat in Graz
How many devices does {name} manage?|How large is your setup, in devices?|We look after {value} of them, most in classrooms.|240,sixty-five,1300,18
Who approved the refund for {name}?|Was this refund promised to you before?|Yes, on the phone, by {value}.|a certain Imani,Mr Okafor,the night supervisor,Lucia from billing
Which browser does {name} use?|How do you open the dashboard, in which browser?|Always in {value}, our administrators allow nothing else.|Vivaldi,an old Edge,Firefox ESR,Safari on the tablets
What did {name} try already?|You tried something yourself, did anything help?|I {value}, which changed nothing.|cleared the cache,reinstalled the agent,swapped the cable,disabled the proxy
What language should the invoice of {name} be in?|Anything else for the paperwork, the invoice?|Our auditors only read {value}, so please that.|Portuguese,Finnish,Dutch,Korean
How does {name} want to be contacted?|Where can we contact you when it is fixed?|Not by mail, I drown in it. {value} works.|A text message,The pager,A call after five,The Slack channel
`),
  office: topics(`
Who leads the migration project of {name}?|Who is in charge of the migration on your side?|It was handed to {value} after the reshuffle.|Priyanka,old Hendrik,the platform guild,Tomasz
What database did the team of {name} choose?|Did you agree on the database question?|After a long fight we take {value}, mostly because operations knows it.|CockroachDB,plain Postgres,FoundationDB,Cassandra
When is the deadline of {name}?|How much time is left until the deadline?|Everything has to be signed off by {value}, no extension.|the 14th of June,the third of May,21 September,the end of Q3
How big is {name}'s budget?|Does the budget cover the consultants?|Hardly. We were given {value} for the whole year.|80k,a quarter million,12 thousand,1.4 million
Which customer complained to {name}?|Why the long face? A customer?|An angry call from {value}. They lost a day of bookings.|Nordwind Ferries,the museum trust,Halvorsen Dairy,the city of Lund
What did {name} break in production?|I heard alarms at night from production.|Mea culpa. I dropped {value} while half asleep.|the session index,a live queue,the price table,the staging bridge
Where is the offsite of {name}?|Have they booked something for the offsite?|Three days in {value}, bring boots.|Zermatt,a lighthouse in Skagen,the Harz,Lake Bled
What does {name} want to learn?|What goes into your development plan?|I want to learn something new. I would like to get good at {value} before winter.|Rust,contract law,public speaking,chip design
Which tool annoys {name}?|Which tool would you throw out first?|No contest, {value}. It eats an hour every day.|the ticket form,the expense portal,the VPN client,the badge reader
Why did {name} turn down the promotion?|You said no to the promotion?|I did. {value}, and no title makes up for it.|Too many flights,I would stop writing code,My evenings would be gone,Two reorganisations are enough
What did {name} present at the conference?|How was your talk at the conference?|Full room. I showed {value} and the demo even worked.|the failover drill,our tracing setup,the shadow pricing model,a self-healing cache
How does {name} get to work?|You come to work by car?|Not since spring: {value}, rain or shine.|the folding bike,a river ferry,the tram and a scooter,on foot along the canal
`),
  travel: topics(`
Which country did {name} visit in summer?|Where did you disappear to all summer?|Four weeks across {value} with one rucksack.|Georgia,Namibia,Uruguay,Laos
What did {name} lose on the trip?|Everything came back in one piece, nothing lost?|Almost. {value} stayed on a bench somewhere.|My grandfather's watch,The good camera,A whole tent,Both passports
What dish impressed {name}?|Were the dishes as good as they say?|Better. I still think of {value} every single day.|the walnut dumplings,smoked trout soup,goat in clay,the fermented tea salad
What animal did {name} see?|Any wildlife, any animals?|At dawn {value} crossed the path ten metres from us.|a caracal,an otter family,three storks,a porcupine
How did {name} travel between cities?|Did you rent a car between the cities?|Too dear. {value} did the job, slowly.|Shared taxis,The night sleeper,A second-hand moped,Grain trucks
Who accompanied {name}?|Who accompanied you, you were not alone?|No, {value} came along at the last minute.|my cousin Bea,a retired pilot,two nurses from Lyon,the neighbour's son
When did {name} fly home?|And when were you back?|I flew in and the plane landed {value}, and I slept for a day.|last night,on Friday,three days ago,yesterday
What illness did {name} catch?|You still look pale. What illness was it?|I picked up {value} in the second week, it is nearly gone.|dengue,a lung infection,salmonella,an ear inflammation
What souvenir did {name} bring?|Show me the souvenirs in the bag!|Careful, {value}, wrapped in all my socks.|a clay flute,a brass lamp,felt slippers,a chess set of bone
How much did the journey of {name} cost?|Are you broke now, after such a journey?|Not quite. {value} in all, flights included.|1900 euros,about 3k,seven hundred,2,450
Where did {name} sleep?|Hotels the whole time, or where did you sleep?|Hardly ever. {value}, which I can only recommend.|Monasteries,A houseboat,Hammocks on verandas,Shepherd huts
What will {name} do differently next time?|Any regrets?|Next time I would {value}.|pack half as much,skip the capital,learn the alphabet first,stay a month longer
`),
};

/** Says nothing that a question asks for. */
export const smallTalk: readonly string[] = lines(`
The weather cannot make up its mind today.|Did you see the news about the bridge?|My phone died again, sorry for the wait.
Ha, that sounds like you.|I will think about it, no promises.|The neighbours are drilling, one moment.
Let us speak of something nicer.|That reminds me of my cousin, who never answers.|Same here, to be honest.|Oh, tell me more!
It is getting late, is it not?|I had three coffees and I am still half asleep.|You always say that.|True, true.
I dreamt of a staircase without end.|Somebody lost a glove at the door.|The shed needs paint.|They say it will snow.
What a week, and it is only Tuesday.|Let me get a glass of water.|I promised to call my aunt and did not.
The candle smells of oranges.|Our street is full of leaves.|I never understood that film, beautiful as it was.
The moon was huge last night.|My left ear itches, which means nothing.|They have painted the fence green.|Pass me the salt, would you?
`);

/** Says nothing that a question asks for, in words that questions have too. */
export const distractions: readonly string[] = lines(`
My sister wants a pet too, but her flat is tiny.|They closed the pool, so no sport this week.
Somebody in this house plays an instrument through the wall.|The train was late, as ever, what a journey.
A friend asked me for a book and I could think of none.|There was an error in the crossword, can you believe it?
The shop has a new kitchen department, all in white.|An old customer waved at me in the street.
The town is full of tourists and their cameras.|Do you know a good dish for rainy days?
I read that half of all plans are never used.|Our invoice for the heating came, I did not dare to open it.
The language of that film was beautiful.|Who needs a deadline when there is tea?|My budget says no to everything.
`);

function lines(text: string): string[] {
  return text.trim().split(/[|\n]/);
}
