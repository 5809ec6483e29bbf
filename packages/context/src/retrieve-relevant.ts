/** Finds older messages of a chat by relevance, so that what they take as quotes is within the budget. */
import type { ChatMessage } from "./converse.ts";
import { frameTokens, quoteTokens, type Retrieve, textOf } from "./recall-turns.ts";
import type { ConversationMessage } from "./relevance/message.ts";
import { prepare } from "./relevance/prepare.ts";
import { select } from "./relevance/select.ts";
import type { TokenCounter } from "./token-counter.ts";

/**
 * Tokens that one search goes through at most. The index is made on the event loop, in about 0.3 ms for 1,000 tokens
 * (1.06 million in 308 ms on a shared machine), and one chat must not keep the others waiting for longer.
 */
const mostSearchedTokens = 150_000;

/**
 * A search over `messages`, the chat that is fitted. Only what the window leaves out is searched, so that the budget goes to
 * nothing that is sent anyway; the index is made when it is asked, since most chats fit. Of more than `mostSearchedTokens` the newest are searched.
 */
export function retrieveRelevant(messages: readonly ChatMessage[], counter: TokenCounter): Retrieve {
  return (question, budgetTokens, windowStart) => {
    const older: ConversationMessage[] = [];
    let searchedTokens = 0;
    for (const [place, message] of [...messages.slice(0, windowStart).entries()].reverse()) {
      const tokens = quoteTokens(message, counter);
      searchedTokens += tokens;
      if (searchedTokens > mostSearchedTokens) {
        break;
      }
      if (tokens > 0) {
        older.unshift({ id: place, role: message.role, text: textOf(message), tokens });
      }
    }
    return select(prepare(older), question, budgetTokens - frameTokens(counter)).map(Number);
  };
}
