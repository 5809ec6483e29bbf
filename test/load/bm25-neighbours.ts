/** The straightforward baseline: BM25 over stemmed words of the texts, with a share of each neighbour's score. */
import type { ConversationMessage } from "@caprock/context";
import { stemmer } from "stemmer";

const k1 = 0.9;
const b = 0.4;
const neighbourShare = 0.3;
const words = new Intl.Segmenter("en", { granularity: "word" });

/** Words in lower case, by Porter's stemmer for English; other languages keep what it leaves of them. */
function terms(text: string): string[] {
  return [...words.segment(text.toLowerCase())]
    .filter(({ isWordLike }) => isWordLike)
    .map(({ segment }) => stemmer(segment));
}

/** A search that returns the ids of all messages with a score, best first. Speakers and dates count for nothing. */
export function bm25Neighbours(
  messages: readonly ConversationMessage[],
): (question: string) => readonly (string | number)[] {
  const postings = new Map<string, Map<number, number>>();
  const lengths = messages.map(({ text = "" }, i) => {
    const found = terms(text);
    for (const term of found) {
      const counts = postings.get(term) ?? new Map<number, number>();
      counts.set(i, (counts.get(i) ?? 0) + 1);
      postings.set(term, counts);
    }
    return found.length;
  });
  const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return (question) => {
    const scores = new Float64Array(messages.length);
    for (const term of new Set(terms(question))) {
      const counts = postings.get(term) ?? new Map<number, number>();
      const rarity = Math.log(1 + (messages.length - counts.size + 0.5) / (counts.size + 0.5));
      for (const [i, count] of counts) {
        const norm = k1 * (1 - b + (b * (lengths[i] ?? 0)) / meanLength);
        scores[i] = (scores[i] ?? 0) + (rarity * count * (k1 + 1)) / (count + norm);
      }
    }
    return messages
      .map(({ id }, i) => ({
        id,
        score: (scores[i] ?? 0) + neighbourShare * ((scores[i - 1] ?? 0) + (scores[i + 1] ?? 0)),
      }))
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score)
      .map(({ id }) => id);
  };
}
