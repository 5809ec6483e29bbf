/** Estimates how many tokens OpenAI's o200k makes of a text, in one pass and without a vocabulary. */
import { type CharacterClass, classRanges, weightRows } from "./text-weights.ts";

const columns = 7;
const classNames = Object.keys(weightRows) as CharacterClass[];
const weights = Uint16Array.from(Object.values(weightRows).flat());

function classIndex(name: CharacterClass): number {
  return classNames.indexOf(name);
}

const line = classIndex("line");
const lower = classIndex("lower");
const lowerGlued = classIndex("lowerGlued");
const upper = classIndex("upper");
const upperGlued = classIndex("upperGlued");
const digit = classIndex("digit");
const punctuation = classIndex("punctuation");
const latin = classIndex("latin");
const latinExtended = classIndex("latinExtended");
const lowerNearLatin = classIndex("lowerNearLatin");
const lowerNearLatinExtended = classIndex("lowerNearLatinExtended");
/** In code units: how far an accented letter tells the language. */
const nearUnits = 80;

const classOfUnit = new Uint8Array(0x10000).fill(classIndex("other"));
for (const [first, last, name] of classRanges) {
  classOfUnit.fill(classIndex(name), first, last + 1);
}

function runColumn(position: number): number {
  return position <= 4 ? 1 : position <= 8 ? 2 : 3;
}

/**
 * Thousandths of a token. Each code unit is charged by what stands before it only, so a text never costs less
 * than its beginning does; the work is one table lookup a unit.
 */
export function estimateMilliTokens(text: string): number {
  let total = 0;
  let previous = 0; // space: the start of a text counts like what follows a blank
  let previousUnit = 0;
  let position = 0;
  let glue = 0;
  let nearLatinUntil = 0;
  let nearLatinExtendedUntil = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    let kind = classOfUnit[unit] ?? 0;
    let column: number;
    const afterLetter = previous >= lower && previous <= upperGlued;
    if (kind === lower || kind === upper) {
      const camelHump = kind === upper && (previous === lower || previous === lowerGlued);
      if (afterLetter && !camelHump) {
        position++;
        column = runColumn(position);
      } else {
        glue = afterLetter || previous === digit ? 1 : 0;
        position = 1;
        column = firstColumn(previous, afterLetter);
      }
      kind += glue;
    } else if (kind === previous) {
      position++;
      if (kind === digit) {
        column = position % 3 === 1 ? 1 : 2;
      } else if (kind === punctuation) {
        column = unit !== previousUnit ? 1 : position <= 4 ? 2 : 3;
      } else {
        column = runColumn(position);
      }
    } else {
      position = 1;
      column = firstColumn(previous, afterLetter);
    }
    let row = kind;
    if (kind === lower) {
      row = i < nearLatinExtendedUntil ? lowerNearLatinExtended : i < nearLatinUntil ? lowerNearLatin : lower;
    } else if (kind === latin) {
      nearLatinUntil = i + nearUnits;
    } else if (kind === latinExtended) {
      nearLatinExtendedUntil = i + nearUnits;
    }
    total += weights[row * columns + column] ?? 0;
    previous = kind;
    previousUnit = unit;
  }
  return total;
}

function firstColumn(previous: number, afterLetter: boolean): number {
  return previous <= line ? 0 : afterLetter ? 4 : previous === digit ? 5 : 6;
}
