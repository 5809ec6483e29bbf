/** Turns the words of a question into concepts: each a word with the words that may stand for it in an answer. */
import { inverseFrequency } from "./bm25.ts";
import type { ConversationIndex } from "./conversation-index.ts";
import { weights } from "./weights.ts";

/** Numbers of the index's words, with weights of at most 1. */
export type Concept = ReadonlyMap<number, number>;

/** One concept for each word; a concept is empty when nothing in the conversation may stand for the word. */
export function conceptsOf(words: readonly string[], index: ConversationIndex): Concept[] {
  const asked = new Set(words.map((word) => index.wordNumber(word)));
  return words.map((word) => {
    const concept = new Map<number, number>();
    const add = (number: number | undefined, weight: number) => {
      if (number !== undefined && !asked.has(number) && weight > (concept.get(number) ?? 0)) {
        concept.set(number, weight);
      }
    };
    for (const [number, share] of index.wordsLike(word)) {
      if (share >= weights.leastAlike) {
        add(number, weights.alike * share);
      }
    }
    for (const [number, cosine] of index.wordsNear(word, weights.leastNear)) {
      add(number, weights.near * cosine);
    }
    const itself = index.wordNumber(word);
    return itself === undefined ? concept : concept.set(itself, 1);
  });
}

/** The words that are typical of the messages with the highest scores and are in no concept yet. */
export function feedbackConcepts(
  index: ConversationIndex,
  concepts: readonly Concept[],
  scores: Float64Array,
): Concept[] {
  const known = new Set(concepts.flatMap((concept) => [...concept.keys()]));
  const worth = new Map<number, number>();
  for (const top of highest(scores, weights.feedbackMessages)) {
    const message = index.messages[top];
    const score = scores[top] ?? 0;
    if (!message || score <= 0) {
      continue;
    }
    for (let passage = message.firstPassage; passage <= message.lastPassage; passage++) {
      for (const word of index.passageWords[passage] ?? []) {
        if (!known.has(word)) {
          const rarity = inverseFrequency((index.postings[word]?.length ?? 0) / 2, index.passageWords.length);
          worth.set(word, (worth.get(word) ?? 0) + score * rarity);
        }
      }
    }
  }
  const best = [...worth].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, weights.feedbackWords);
  const most = best[0]?.[1] ?? 1;
  return best.map(([word, value]) => new Map([[word, (weights.feedback * value) / most]]));
}

/** The positions of the highest scores, best first; of equal ones the earlier. */
function highest(scores: Float64Array, count: number): number[] {
  const top: number[] = [];
  for (let i = 0; i < scores.length; i++) {
    const score = scores[i] ?? 0;
    let at = top.length;
    while (at > 0 && (scores[top[at - 1] ?? 0] ?? 0) < score) {
      at--;
    }
    if (at < count) {
      top.splice(at, 0, i);
      top.length = Math.min(top.length, count);
    }
  }
  return top;
}
