/** Orders a conversation's messages for a question, fusing the ranks of words and of embeddings. */

/** What an embedding model made of a text. */
export type Vector = ArrayLike<number>;

/**
 * Reciprocal rank fusion's constant (Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet",
 * 2009): the ranks of two searches are compared, not their scores, which have no common scale.
 */
const fusionConstant = 60;

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

/** The places by both ranks. A message without a vector, or without a word in common, has the other rank alone. */
export function fuse(
  wordScores: Float64Array,
  question: Vector,
  vectors: readonly (Vector | undefined)[],
): Generator<number, void> {
  const fused = new Float64Array(wordScores.length);
  const addRanks = (scores: Float64Array, takesPart: (place: number) => boolean) => {
    let rank = 0;
    for (const place of rankOf(scores)) {
      if (takesPart(place)) {
        fused[place] = (fused[place] ?? 0) + 1 / (fusionConstant + rank);
      }
      rank += 1;
    }
  };
  const likeness = Float64Array.from(vectors, (vector) =>
    vector === undefined ? -2 : cosine(question, vector),
  );
  addRanks(wordScores, (place) => (wordScores[place] ?? 0) > 0);
  addRanks(likeness, (place) => vectors[place] !== undefined);
  return rankOf(fused);
}

function cosine(a: Vector, b: Vector): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  return squareA === 0 || squareB === 0 ? 0 : product / Math.sqrt(squareA * squareB);
}
