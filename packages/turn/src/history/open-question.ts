/** Finds the question that the newest calls of tools were made for. */
import type { ContentBlock } from "./content-block.ts";

/** The place of the last message of the user's that is no result of a tool; -1 where there is none. */
export function openQuestionOf(
  messages: readonly { readonly role: string; readonly content: readonly ContentBlock[] }[],
): number {
  return messages.findLastIndex(
    ({ role, content }) => role === "user" && !content.some(({ toolResult }) => toolResult !== undefined),
  );
}
