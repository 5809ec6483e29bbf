/** Matches concepts with messages and sessions by BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009). */
import type { Concept } from "./concepts.ts";
import type { ConversationIndex } from "./conversation-index.ts";
import { weights } from "./weights.ts";

/** How rare what occurs in `count` of `all` is; never negative. */
export function inverseFrequency(count: number, all: number): number {
  return Math.log(1 + (all - count + 0.5) / (count + 0.5));
}

/** BM25's count of a word: more of it adds less and less, and less in a long text. */
function saturated(times: number, length: number, meanLength: number): number {
  const { saturation, lengthPenalty } = weights;
  const norm = saturation * (1 - lengthPenalty + (lengthPenalty * length) / meanLength);
  return (times * (saturation + 1)) / (times + norm);
}

/**
 * BM25 of each message's best passage, by the message's place; a concept counts once, by the best of its words. Adds
 * to `around`, if it is given, the concepts that occur in the message or around it in its session, each
 * once, by `weights.around`.
 */
export function matchMessages(
  index: ConversationIndex,
  concepts: readonly Concept[],
  around?: Float64Array,
): Float64Array {
  const passages = new Float64Array(index.passageMessage.length);
  const best = new Float64Array(passages.length);
  const near = new Float64Array(index.messages.length);
  for (const concept of concepts) {
    const matched = bestOfWords(index, concept, best);
    if (around) {
      addAround(index, matched, best, near, around);
    }
    for (const passage of matched) {
      passages[passage] = (passages[passage] ?? 0) + (best[passage] ?? 0);
      best[passage] = 0;
    }
  }
  const own = new Float64Array(index.messages.length);
  for (let passage = 0; passage < passages.length; passage++) {
    const message = index.passageMessage[passage] ?? 0;
    own[message] = Math.max(own[message] ?? 0, passages[passage] ?? 0);
  }
  return own;
}

/** Fills `best` with each passage's value for the concept; returns the passages that have one. */
function bestOfWords(index: ConversationIndex, concept: Concept, best: Float64Array): number[] {
  const matched: number[] = [];
  const meanLength = index.totalLength / best.length;
  for (const [word, weight] of concept) {
    const postings = index.postings[word] ?? [];
    const factor = weight * inverseFrequency(postings.length / 2, best.length);
    for (let i = 0; i < postings.length; i += 2) {
      const passage = postings[i] ?? 0;
      const value = factor * saturated(postings[i + 1] ?? 0, index.passageLength[passage] ?? 0, meanLength);
      const known = best[passage] ?? 0;
      if (known === 0) {
        matched.push(passage);
      }
      best[passage] = Math.max(known, value);
    }
  }
  return matched;
}

/** For one concept; `near` is all 0 before and after. */
function addAround(
  index: ConversationIndex,
  matched: readonly number[],
  best: Float64Array,
  near: Float64Array,
  around: Float64Array,
): void {
  const { passageMessage, sessionOf } = index;
  const reach = (weights.around.length - 1) / 2;
  const reached: number[] = [];
  for (const passage of matched) {
    const from = passageMessage[passage] ?? 0;
    for (let i = 0; i < weights.around.length; i++) {
      const message = from + i - reach;
      if (sessionOf[message] === sessionOf[from]) {
        const known = near[message] ?? 0;
        if (known === 0) {
          reached.push(message);
        }
        near[message] = Math.max(known, (best[passage] ?? 0) * (weights.around[i] ?? 0));
      }
    }
  }
  for (const message of reached) {
    around[message] = (around[message] ?? 0) + (near[message] ?? 0);
    near[message] = 0;
  }
}

/** BM25 of each session as one document; all 0 when there is but one. */
export function matchSessions(index: ConversationIndex, concepts: readonly Concept[]): Float64Array {
  const count = index.sessionLength.length;
  const scores = new Float64Array(count);
  if (count < 2) {
    return scores;
  }
  for (const concept of concepts) {
    const times = new Float64Array(count);
    for (const [word, weight] of concept) {
      const postings = index.postings[word] ?? [];
      for (let i = 0; i < postings.length; i += 2) {
        const session = index.sessionOf[index.passageMessage[postings[i] ?? 0] ?? 0] ?? 0;
        times[session] = (times[session] ?? 0) + weight * (postings[i + 1] ?? 0);
      }
    }
    const rarity = inverseFrequency(times.filter((value) => value > 0).length, count);
    times.forEach((value, session) => {
      const length = index.sessionLength[session] ?? 0;
      scores[session] = (scores[session] ?? 0) + rarity * saturated(value, length, index.totalLength / count);
    });
  }
  return scores;
}
