/** Brings the forms of an English word to one: endings, irregular verbs and nouns, number words. */

/** A line or bar apart: the form to index by, then the forms that no rule of endings leads to it; also other names of the same. */
const irregularForms = `
be was were been|become became|begin began begun|bite bit bitten|blow blew blown|break broke broken|bring brought
build built|buy bought|catch caught|choose chose chosen|come came|cost|creep crept|deal dealt|dig dug|do did done
draw drew drawn|dream dreamt|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed
feel felt|fight fought|find found|fly flew flown|forget forgot forgotten|forgive forgave forgiven|freeze froze frozen
get got gotten|give gave given|go went gone|grow grew grown|hang hung|have had has|hear heard|hide hid hidden|hold held
keep kept|know knew known|lead led|learn learnt|leave left|lend lent|lose lost|make made|mean meant|meet met
pay paid|ride rode ridden|ring rang rung|rise rose risen|run ran|say said|see saw seen|sell sold|send sent
sew sewn|shake shook shaken|shine shone|shoot shot|show shown|shrink shrank shrunk|sing sang sung|sink sank sunk
sit sat|sleep slept|speak spoke spoken|spend spent|stand stood|steal stole stolen|stick stuck|sting stung|strike struck
swear swore sworn|sweep swept|swim swam swum|swing swung|take took taken|teach taught|tear tore torn|tell told
think thought|throw threw thrown|understand understood|wake woke woken|wear wore worn|weave wove woven|win won
write wrote written|child children kid kids|person people|man men|woman women|foot feet|tooth teeth|mouse mice
goose geese|wife wives|life lives|knife knives|leaf leaves|half halves|shelf shelves|wolf wolves|good better best
bad worse worst|mom mum mother mommy mama|dad father daddy papa|grandma grandmother|grandpa grandfather
photo photograph picture pic|tv television|bike bicycle|movie film|favorite favourite|color colour|neighbor neighbour
center centre|theater theatre|organize organise|realize realise|uni university|info information
`;

const numberForms = `
0 zero|1 one once|2 two twice|3 three|4 four|5 five|6 six|7 seven|8 eight|9 nine|10 ten|11 eleven|12 twelve dozen
13 thirteen|14 fourteen|15 fifteen|16 sixteen|17 seventeen|18 eighteen|19 nineteen|20 twenty|30 thirty|40 forty
50 fifty|60 sixty|70 seventy|80 eighty|90 ninety|100 hundred|1000 thousand
`;

const baseOf = new Map<string, string>();
for (const entry of `${irregularForms}|${numberForms}`.split(/[|\n]/)) {
  const [base, ...forms] = entry.trim().split(/\s+/);
  for (const form of forms) {
    const target = stripEnding(base ?? "");
    baseOf.set(form, target);
    baseOf.set(stripEnding(form), target);
  }
}

/** The form under which a lower-case word without accents is indexed. Words that are not of a to z stay as they are. */
export function wordForm(word: string): string {
  const known = baseOf.get(word);
  if (known !== undefined) {
    return known;
  }
  const stem = stripEnding(word);
  return baseOf.get(stem) ?? stem;
}

function stripEnding(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) {
    return word.replace(/^(\d+)(st|nd|rd|th|s)$/, "$1");
  }
  let stem = word;
  if (stem.endsWith("ies") && stem.length > 4) {
    stem = `${stem.slice(0, -3)}y`;
  } else if (/(ss|x|z|ch|sh|o)es$/.test(stem)) {
    stem = stem.slice(0, -2);
  } else if (stem.endsWith("s") && !/(ss|us|is)$/.test(stem)) {
    stem = stem.slice(0, -1);
  }
  if (stem.endsWith("ing") && hasVowel(stem.slice(0, -3))) {
    stem = undouble(stem.slice(0, -3));
  } else if (stem.endsWith("ied") && stem.length > 4) {
    stem = `${stem.slice(0, -3)}y`;
  } else if (stem.endsWith("ed") && hasVowel(stem.slice(0, -2))) {
    stem = undouble(stem.slice(0, -2));
  } else if (stem.endsWith("ly") && stem.length > 5) {
    stem = stem.slice(0, -2);
  }
  if (stem.endsWith("e") && stem.length > 3) {
    stem = stem.slice(0, -1);
  }
  return stem.endsWith("y") && stem.length > 3 ? `${stem.slice(0, -1)}i` : stem;
}

function hasVowel(stem: string): boolean {
  return stem.length > 2 && /[aeiouy]/.test(stem);
}

function undouble(stem: string): string {
  return /([bdfgmnprt])\1$/.test(stem) ? stem.slice(0, -1) : stem;
}
