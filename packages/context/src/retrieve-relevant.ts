/** Finds older messages of a chat by relevance, so that what they take as quotes is within the budget. */
import type { ChatIndex } from "./chat-index.ts";
import { type FoundTurn, frameTokens, quoteTokens, type Retrieve } from "./recall-turns.ts";
import type { IndexedMessage } from "./relevance/conversation-index.ts";
import type { Vector } from "./relevance/likeness.ts";
import { select } from "./relevance/select.ts";
import type { TokenCounter } from "./token-counter.ts";

/** A part of a chat that is indexed by itself. */
export interface SearchedPart {
  readonly index: ChatIndex;
  /** Where its first message stands in the history that is fitted; below 0 when it was said before all of that. */
  readonly firstPlace: number;
  /** How many of its oldest messages are not to be found, because they have expired since they were indexed. */
  readonly expired?: number | undefined;
}

/** What an embedding model made of the question, and of messages by their ids in the indexes. */
export interface ChatVectors {
  readonly question: Vector;
  readonly messages: ReadonlyMap<string, Vector>;
}

/**
 * A search over a chat's indexes, oldest part first. Only what the window leaves out is found, so that the budget goes to nothing
 * that is sent anyway. Of several parts the newer are searched first, and the older get the budget that they leave. `nowMs` is what "last
 * week" in a question is taken from. With `vectors` messages are ranked by likeness too.
 */
export function retrieveRelevant(
  parts: readonly SearchedPart[],
  counter: TokenCounter,
  nowMs?: number | undefined,
  vectors?: ChatVectors | undefined,
): Retrieve {
  return (question, budgetTokens, windowStart) => {
    const found: FoundTurn[] = [];
    let left = budgetTokens - frameTokens(counter);
    for (const { index, firstPlace, expired = 0 } of [...parts].reverse()) {
      const { conversation, places, ids } = index;
      const said = ({ speaker, text }: IndexedMessage) => ({ role: conversation.speakers[speaker], text });
      const costOf = (message: IndexedMessage) => quoteTokens(said(message), counter);
      const chosen = select(conversation, question, left, {
        from: index.firstFrom(expired),
        before: index.firstFrom(windowStart - firstPlace),
        costOf,
        now: nowMs,
        vectors: vectors && {
          question: vectors.question,
          messages: { get: (number) => vectors.messages.get(ids[Number(number)] ?? "") },
        },
      });
      for (const number of chosen.map(Number)) {
        const message = conversation.messages[number];
        if (message) {
          left -= costOf(message);
          found.push({ ...said(message), place: firstPlace + (places[number] ?? 0), id: ids[number] });
        }
      }
    }
    return found;
  };
}
