/** Reads the structure of a chat: where exchanges begin, and where the tool loop of the open one can be cut. */
import { type ChatMessage, isPlainUserTurn, isToolCall } from "./converse.ts";

/**
 * Where each exchange begins: a plain user turn and all that follows up to the next one. Consecutive plain user
 * turns open one exchange together. A chat without any counts as one exchange from its first message.
 */
export function exchangeStarts(messages: readonly ChatMessage[]): readonly number[] {
  const starts: number[] = [];
  let previousAsked = false;
  messages.forEach((message, index) => {
    const asks = isPlainUserTurn(message);
    if (asks && !previousAsked) {
      starts.push(index);
    }
    // A system message between two user turns parts them no more than it parts a call from its result.
    previousAsked = asks || (previousAsked && message?.role === "system");
  });
  return starts.length === 0 ? [0] : starts;
}

/** Where each round of tool calls begins from `start` on: the assistant's calls and all that follows up to the next. */
export function callStarts(messages: readonly ChatMessage[], start: number): readonly number[] {
  const starts: number[] = [];
  for (let index = start; index < messages.length; index++) {
    const message = messages[index];
    if (message !== undefined && isToolCall(message)) {
      starts.push(index);
    }
  }
  return starts;
}
