/** Adds how alike the messages are to a question, as an embedding model has it, to what their words score. */
import type { ConversationIndex } from "./conversation-index.ts";

/** What an embedding model made of a text. */
export type Vector = ArrayLike<number>;

/**
 * Measured with all-MiniLM-L6-v2 on real chats and on conversations that were written for it (README). Weights from 0.4
 * to 0.8 and shares of 0.2 and 0.4 are within 0.8 points of each other, by the mean recall over five budgets.
 */
const weight = 0.6;
/** What a message has of the likeness of those next to it: an answer is less like a question than the turn before it. */
const around = 0.4;

/** The places that may be kept. */
export interface Candidates {
  readonly from: number;
  readonly before: number;
}

/**
 * A score for each message: the words' as a share of the best, and `weight` times that of likeness. Likeness counts above the mean
 * alone and by its square, so that models whose cosines are all high are served as those whose are low; a message without a
 * vector has that of its neighbours alone. The best is of those that may be kept: a question that was asked a moment ago is
 * more like this one than any answer, and would leave nothing of all others' likeness.
 */
export function addLikeness(
  { sessionOf }: ConversationIndex,
  wordScores: Float64Array,
  question: Vector,
  vectors: readonly (Vector | undefined)[],
  { from, before }: Candidates = { from: 0, before: wordScores.length },
): Float64Array {
  const cosine = cosineWith(question);
  const cosines = vectors.map((vector) => vector && cosine(vector));
  const own = aboveMean(cosines, cosines.slice(from, before));
  const alike = own.map((value, place) => {
    const session = sessionOf[place];
    const previous = sessionOf[place - 1] === session ? (own[place - 1] ?? 0) : 0;
    const next = sessionOf[place + 1] === session ? (own[place + 1] ?? 0) : 0;
    return value + around * (previous + next);
  });
  const [bestWords, bestAlike] = [wordScores, alike].map((scores) => largest(scores.subarray(from, before)));
  return wordScores.map(
    (score, place) => share(score, bestWords ?? 0) + weight * share(alike[place] ?? 0, bestAlike ?? 0),
  );
}

type Cosine = number | undefined;

/** Squares of shares of what the best candidate has above the candidates' mean: 0 to 1. */
function aboveMean(cosines: readonly Cosine[], candidates: readonly Cosine[]): Float64Array {
  const known = candidates.filter((value) => value !== undefined);
  const mean = known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
  const best = known.reduce((most, value) => Math.max(most, value), mean);
  return Float64Array.from(
    cosines,
    (value = mean) => Math.min(1, Math.max(0, share(value - mean, best - mean))) ** 2,
  );
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

function share(value: number, whole: number): number {
  return whole > 0 ? value / whole : 0;
}

/** A question's cosine with each of many vectors. */
function cosineWith(question: Vector): (vector: Vector) => number {
  const asked = Float64Array.from(question);
  const length = Math.hypot(...asked);
  return (vector) => {
    let product = 0;
    let square = 0;
    for (let i = 0; i < asked.length; i++) {
      const value = vector[i] ?? 0;
      product += (asked[i] ?? 0) * value;
      square += value * value;
    }
    return length === 0 || square === 0 ? 0 : product / (length * Math.sqrt(square));
  };
}
