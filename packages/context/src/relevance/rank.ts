/** Orders a conversation's messages by their scores. */

/** A budget rarely takes more messages than this, so that only these are sorted at first. */
const headLength = 1_000;

/** Places by falling score; of equal ones the newer first. */
export function* rankOf(scores: Float64Array): Generator<number, void> {
  const sorted = scores.slice().sort();
  const least = sorted[sorted.length - headLength] ?? Number.NEGATIVE_INFINITY;
  const head: number[] = [];
  const rest: number[] = [];
  for (let place = 0; place < scores.length; place++) {
    ((scores[place] ?? 0) > least ? head : rest).push(place);
  }
  const better = (a: number, b: number) => (scores[b] ?? 0) - (scores[a] ?? 0) || b - a;
  yield* head.sort(better);
  yield* rest.sort(better);
}
