/** Finds older messages of a chat by relevance, so that what they take as quotes is within the budget. */
import type { ChatMessage } from "./converse.ts";
import { frameTokens, quoteTokens, type Retrieve, textOf } from "./recall-turns.ts";
import { prepare } from "./relevance/prepare.ts";
import { select } from "./relevance/select.ts";
import type { TokenCounter } from "./token-counter.ts";

/**
 * A search over `messages`, the chat that is fitted. Only what the window leaves out is searched, so that the budget goes to
 * nothing that is sent anyway; the index is made when it is asked, since most chats fit.
 */
export function retrieveRelevant(messages: readonly ChatMessage[], counter: TokenCounter): Retrieve {
  return (question, budgetTokens, windowStart) => {
    const older = messages.slice(0, windowStart).flatMap((message, place) => {
      const tokens = quoteTokens(message, counter);
      return tokens === 0 ? [] : [{ id: place, role: message.role, text: textOf(message), tokens }];
    });
    return select(prepare(older), question, budgetTokens - frameTokens(counter)).map(Number);
  };
}
