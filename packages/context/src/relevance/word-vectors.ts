/** Tells how near two words are in meaning, by vectors that a language model made of single words. */
import { packedVectors, vectorWords } from "./word-vector-table.ts";

const dimensions = 72;
/** Each stands for two levels of three bits. */
export const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

interface Table {
  readonly rows: ReadonlyMap<string, number>;
  /** Row by row, centred on 0. */
  readonly levels: Int8Array;
  /** One over the length of each row. */
  readonly scales: Float32Array;
}

let unpacked: Table | undefined;

/** Unpacked when a first word is indexed: a process that searches no conversation does not pay for it. */
function table(): Table {
  unpacked ??= unpack();
  return unpacked;
}

function unpack(): Table {
  const words = vectorWords.trim().split(/\s+/);
  const pairOf = new Uint8Array(128);
  [...signs].forEach((sign, pair) => {
    pairOf[sign.charCodeAt(0)] = pair;
  });
  const packed = packedVectors.replaceAll("\n", "");
  const levels = new Int8Array(words.length * dimensions);
  for (let i = 0; i < packed.length; i++) {
    const pair = pairOf[packed.charCodeAt(i)] ?? 0;
    levels[2 * i] = 2 * (pair >> 3) - 7;
    levels[2 * i + 1] = 2 * (pair & 7) - 7;
  }
  const scales = Float32Array.from(words, (_, row) => 1 / Math.sqrt(product(levels, row, row)));
  return { rows: new Map(words.map((word, row) => [word, row])), levels, scales };
}

function product(levels: Int8Array, one: number, other: number): number {
  let sum = 0;
  for (let i = one * dimensions, j = other * dimensions, end = i + dimensions; i < end; i++, j++) {
    sum += (levels[i] ?? 0) * (levels[j] ?? 0);
  }
  return sum;
}

/** The row of a word in its search form, or undefined for one that has no vector: the table knows English, and names. */
export function vectorRow(form: string): number | undefined {
  return table().rows.get(form);
}

/** The places in `rows` of those that are near `row`, with their cosines of at least `least`. */
export function rowsNear(
  row: number,
  rows: readonly number[],
  least: number,
): [place: number, cosine: number][] {
  const { levels, scales } = table();
  const near: [number, number][] = [];
  const scale = scales[row] ?? 0;
  for (let place = 0; place < rows.length; place++) {
    const other = rows[place] ?? 0;
    const cosine = product(levels, row, other) * scale * (scales[other] ?? 0);
    if (cosine >= least) {
      near.push([place, cosine]);
    }
  }
  return near;
}
