/** Cuts a text into the words by which it is searched, in any script. */
import { wordForm } from "./word-forms.ts";

const wordPattern = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)?/gu;
/** Scripts that are written without blanks between words; a Korean word carries its particles, which bigrams see past. */
const unspacedRun =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu;
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** One of them is often a word (cat, car, tea), whose bigrams are those of its neighbours. */
const han = /\p{Script=Han}/u;
const longestWord = 40;
const ascii = /^[\x20-\x7e\s]*$/;

const formOf = new Map<string, string>();
/** Forms are remembered because words repeat; the bound keeps made-up words from filling memory. */
const rememberedForms = 20_000;

/** The words in order, each in its search form; words that carry no meaning are among them (see `isStopWord`). */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  const plain = ascii.test(text);
  for (const [match] of text.toLowerCase().matchAll(wordPattern)) {
    if (!plain && unspaced.test(match)) {
      addUnspaced(match, words);
      continue;
    }
    const apostrophe = match.search(/['’]/);
    const word = apostrophe > 0 ? match.slice(0, apostrophe) : match;
    words.push(rememberedForm((plain ? word : withoutAccents(word)).slice(0, longestWord)));
  }
  return words;
}

function addUnspaced(text: string, words: string[]): void {
  let end = 0;
  for (const run of text.matchAll(unspacedRun)) {
    addPlain(text.slice(end, run.index), words);
    end = run.index + run[0].length;
    const characters = [...run[0]];
    for (const character of characters) {
      if (characters.length === 1 || han.test(character)) {
        words.push(character);
      }
    }
    for (let i = 0; i + 1 < characters.length; i++) {
      words.push(`${characters[i]}${characters[i + 1]}`);
    }
  }
  addPlain(text.slice(end), words);
}

function addPlain(text: string, words: string[]): void {
  if (text !== "") {
    words.push(rememberedForm(withoutAccents(text).slice(0, longestWord)));
  }
}

function withoutAccents(word: string): string {
  return word
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .normalize("NFC");
}

function rememberedForm(word: string): string {
  let form = formOf.get(word);
  if (form === undefined) {
    if (formOf.size >= rememberedForms) {
      formOf.clear();
    }
    form = wordForm(word);
    formOf.set(word, form);
  }
  return form;
}

const gramLength = 4;

/** The distinct character 4-grams of a word, its start marked; a word of less than three letters has none. */
export function gramsOf(word: string): string[] {
  const marked = ` ${word}`;
  const grams = new Set<string>();
  for (let i = 0; i + gramLength <= marked.length; i++) {
    grams.add(marked.slice(i, i + gramLength));
  }
  return [...grams];
}
