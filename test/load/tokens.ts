/** Benchmark: how far token counts are off and what they take by class of text, with characters / 4 and gpt-tokenizer beside it. */
import { performance } from "node:perf_hooks";
import { createTokenCounter } from "@caprock/context";
import { heldOutTexts } from "@caprock/context/testing/held-out-texts";
import { countTokens } from "gpt-tokenizer/encoding/o200k_base";
import { printTable } from "./print-table.ts";

const megabyte = 1_000_000;
/** In which speed is measured, for each class. */
const timedBytes = 2 * megabyte;
const counter = createTokenCounter({ factor: 1 });
const counters: readonly (readonly [string, (text: string) => number])[] = [
  ["Caprock", counter.text],
  ["gpt-tokenizer", (text) => countTokens(text)],
  ["characters / 4", charactersOverFour],
];

function charactersOverFour(text: string): number {
  return Math.ceil(text.length / 4);
}

interface Measured {
  readonly meanError: number;
  readonly worstUnderCount: number;
  readonly megabytesPerSecond: number;
}

function measure(chunks: readonly string[], count: (text: string) => number): Measured {
  const errors = chunks.map((chunk) => count(chunk) / countTokens(chunk) - 1);
  const rounds = Math.ceil(timedBytes / sizeOf(chunks));
  return {
    meanError: errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length,
    worstUnderCount: Math.min(0, ...errors),
    megabytesPerSecond: timed(chunks, count, rounds),
  };
}

function sizeOf(chunks: readonly string[]): number {
  return chunks.reduce((sum, chunk) => sum + Buffer.byteLength(chunk), 0);
}

function timed(chunks: readonly string[], count: (text: string) => number, rounds: number): number {
  const startedAt = performance.now();
  for (let round = 0; round < rounds; round++) {
    for (const chunk of chunks) {
      count(chunk);
    }
  }
  return (rounds * sizeOf(chunks)) / megabyte / ((performance.now() - startedAt) / 1000);
}

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const texts = heldOutTexts();
const everything = texts.flatMap(({ chunks }) => chunks);
const first = counters.slice(0, 2).map(([name, count]) => [name, timed(everything, count, 1).toFixed(1)]);
const rows = texts.map(({ name, chunks }) => [
  name,
  String(chunks.length),
  ...counters.flatMap(([, count]) => {
    const { meanError, worstUnderCount, megabytesPerSecond } = measure(chunks, count);
    // Characters / 4 reads no text, so that it has no speed.
    const speed = count === charactersOverFour ? [] : [megabytesPerSecond.toFixed(1)];
    return [percent(meanError), percent(worstUnderCount), ...speed];
  }),
]);
const head = counters.flatMap(([name, count]) => [
  name,
  "under",
  ...(count === charactersOverFour ? [] : ["MB/s"]),
]);
printTable(
  "Tokens by class of text, chunks of 1,500 characters, against o200k: mean error, worst under-count, MB/s warm",
  ["class", "chunks", ...head],
  rows,
);
printTable(
  `The first pass over all of it, ${(sizeOf(everything) / 1000).toFixed(0)} kB`,
  ["", "MB/s"],
  first.map((cells) => cells.map(String)),
);
