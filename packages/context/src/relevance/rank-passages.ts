/** Orders passages of documents by what they have to do with a question. */
import type { RankPassages } from "../pack-documents.ts";
import { ConversationIndex } from "./conversation-index.ts";
import { readQuestion } from "./question.ts";
import { scoreMessages } from "./score.ts";

/** About 250,000 tokens: what is more would keep a server from its other requests. */
const mostCharacters = 1_000_000;

/**
 * Best first, by the words of the question as `select` finds them; passages of one document support each other as neighbours
 * do. Those that nothing speaks for follow in their own order, as equals do; so does what stands behind the first million characters.
 */
export function rankByQuestion(question: string): RankPassages {
  return (passages) => {
    const index = new ConversationIndex();
    let characters = 0;
    for (const [id, { documentId, text }] of passages.entries()) {
      characters += text.length;
      if (characters > mostCharacters) {
        break;
      }
      index.add({ id, text, session: documentId });
    }
    const scores = scoreMessages(index, readQuestion(question, index, undefined));
    return passages.map((_, place) => place).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
  };
}
