/** Cuts what a summariser is to be told into parts that it can be shown one after the other. */

/** A message as a summariser is told of it. */
export interface ToldMessage {
  readonly role: string;
  readonly text: string;
}

export interface PartLimits {
  /** What a part takes, as long as no more than `mostParts` come of it. */
  readonly partTokens: number;
  /** What a part may take, so that there are no more. */
  readonly mostPartTokens: number;
  readonly mostParts: number;
}

export interface SummaryParts {
  readonly parts: readonly (readonly ToldMessage[])[];
  /** What stands in none of them, by the estimate of `count`; 0 where everything does. */
  readonly leftOutTokens: number;
}

/**
 * Everything in its order, in parts of whole messages where that is possible, else of pieces of their texts, never within a
 * surrogate pair. What would still take more parts than there may be keeps its beginning and its end, and says where something
 * is missing. By `count`, parts together are to be no less than the whole.
 */
export function summaryParts(
  told: readonly ToldMessage[],
  { partTokens, mostPartTokens, mostParts }: PartLimits,
  count: (told: readonly ToldMessage[]) => number,
): SummaryParts {
  const tokens = count(told);
  // Of neighbours that do not fit into one part there are at most twice as many as the whole has parts, and one.
  const limit = Math.min(mostPartTokens, Math.max(partTokens, (2 * tokens) / (mostParts - 1)));
  const share = (mostParts * limit) / tokens;
  const half = Math.floor(mostParts / 2);
  // Not all of it is split: counting that would take long.
  const ends = (share >= 1 ? [told] : endsOf(told, share / 2)).map((end) =>
    joined(split(end, limit, count), limit, count),
  );
  const all = ends.flat();
  if (share >= 1 && all.length <= mostParts) {
    return { parts: all, leftOutTokens: 0 };
  }
  const [before = [], after = before] = ends;
  const head = before.slice(0, half);
  const [first = [], ...tail] = after.slice(-half);
  const shownTokens = [...head, first, ...tail].reduce((sum, part) => sum + count(part), 0);
  const leftOutTokens = Math.max(1, tokens - shownTokens);
  const role = first[0]?.role ?? "user";
  const gap = { role, text: `[About ${leftOutTokens} tokens that stood here are not shown.]` };
  return { parts: [...head, [gap, ...first], ...tail], leftOutTokens };
}

type Split = readonly (readonly ToldMessage[])[];

/** In halves, and halves of them. What cannot be halved is longer. */
function split(
  told: readonly ToldMessage[],
  mostTokens: number,
  count: (told: readonly ToldMessage[]) => number,
): Split {
  const halves = count(told) <= mostTokens ? undefined : halvesOf(told);
  return halves === undefined ? [told] : halves.flatMap((half) => split(half, mostTokens, count));
}

/** Neighbours that fit into one part become one. */
function joined(parts: Split, mostTokens: number, count: (told: readonly ToldMessage[]) => number): Split {
  const all: ToldMessage[][] = [];
  let tokens = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    const more = count(part);
    tokens += more;
    if (tokens <= mostTokens) {
      all.at(-1)?.push(...part);
    } else {
      all.push([...part]);
      tokens = more;
    }
  }
  return all;
}

/** The first and the last texts, each with about this share of all characters. */
function endsOf(told: readonly ToldMessage[], share: number): Split {
  const wanted = Math.floor(told.reduce((sum, { text }) => sum + text.length, 0) * share);
  const head: ToldMessage[] = [];
  for (let index = 0, left = wanted; left > 0 && index < told.length; index++) {
    const { role, text } = told[index] ?? { role: "", text: "" };
    head.push({ role, text: text.slice(0, wholePlace(text, left)) });
    left -= text.length;
  }
  const tail: ToldMessage[] = [];
  for (let index = told.length - 1, left = wanted; left > 0 && index >= 0; index--) {
    const { role, text } = told[index] ?? { role: "", text: "" };
    tail.unshift({ role, text: text.slice(wholePlace(text, Math.max(0, text.length - left))) });
    left -= text.length;
  }
  return [head, tail];
}

/** Not between the two halves of a character. */
function wholePlace(text: string, place: number): number {
  return /[\udc00-\udfff]/.test(text[place] ?? "") ? place + 1 : place;
}

function halvesOf(told: readonly ToldMessage[]): readonly (readonly ToldMessage[])[] | undefined {
  if (told.length > 1) {
    const middle = Math.ceil(told.length / 2);
    return [told.slice(0, middle), told.slice(middle)];
  }
  const [{ role, text } = { role: "", text: "" }] = told;
  const middle = placeToCut(text);
  return middle === 0
    ? undefined
    : [[{ role, text: text.slice(0, middle) }], [{ role, text: text.slice(middle) }]];
}

/** Between words where there is a space near the middle; 0 for a text that is too short to be cut. */
function placeToCut(text: string): number {
  const middle = Math.floor(text.length / 2);
  const space = text.lastIndexOf(" ", middle);
  const whole = wholePlace(text, space > middle / 2 ? space : middle);
  return whole < text.length ? whole : 0;
}
