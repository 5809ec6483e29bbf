/**
 * Makes src/relevance/word-vector-table.ts of what embed-words.py wrote: `tsx write-table.ts words.tsv`, then
 * `biome check --write`. The forms of a word become one, as `wordForm` indexes them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { wordForm } from "../src/relevance/word-forms.ts";
import { signs } from "../src/relevance/word-vectors.ts";

const levels = 8;
/** In standard deviations: what lies beyond is cut. */
const range = 2;
const wordsInLine = 100;

const [file = "words.tsv"] = process.argv.slice(2);
const sums = new Map<string, Float64Array>();
for (const [rank, line] of readFileSync(file, "utf8").trim().split("\n").entries()) {
  const [word = "", ...numbers] = line.split("\t");
  const form = wordForm(word);
  const sum = sums.get(form) ?? new Float64Array(numbers.length);
  // Words stand by falling frequency: a rare form hardly moves what its frequent one says.
  numbers.forEach((number, i) => {
    sum[i] = (sum[i] ?? 0) + Number(number) / (10 + rank);
  });
  sums.set(form, sum);
}
const vectors = [...sums].map(([form, sum]) => ({ form, vector: sum.map((x) => x / Math.hypot(...sum)) }));
const all = vectors.flatMap(({ vector }) => [...vector]);
const deviation = Math.sqrt(all.reduce((sum, x) => sum + x * x, 0) / all.length);

function packed(vector: Float64Array): string {
  const quantised = [...vector].map((x) => {
    const level = Math.round((x / (range * deviation) + 1) * 0.5 * (levels - 1));
    return Math.min(levels - 1, Math.max(0, level));
  });
  return Array.from(
    { length: vector.length / 2 },
    (_, i) => signs[(quantised[2 * i] ?? 0) * levels + (quantised[2 * i + 1] ?? 0)],
  ).join("");
}

function lines(items: readonly string[], separator: string): string {
  return Array.from({ length: Math.ceil(items.length / wordsInLine) }, (_, i) =>
    items.slice(i * wordsInLine, (i + 1) * wordsInLine).join(separator),
  ).join("\n");
}

writeFileSync(
  new URL("../src/relevance/word-vector-table.ts", import.meta.url),
  `/**
 * What words mean, as vectors: made by word-vectors/write-table.ts, not by hand. The vectors are those of
 * sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0) for each word of its vocabulary by itself, brought to
 * 72 dimensions of three bits. Nothing of any conversation was used.
 */

/** Words in search form. Their types are told, or declarations would repeat what is here. */
export const vectorWords: string = \`
${lines(
  vectors.map(({ form }) => form),
  " ",
)}
\`;

/** For each word 72 levels from 0 to 7, two a sign. */
export const packedVectors: string = \`
${lines(
  vectors.map(({ vector }) => packed(vector)),
  "",
)}
\`;
`,
);
