/** Finds the question that the newest calls of tools were made for. */
import type { TurnMessage } from "@caprock/memory";

/** The place of the last message of the user's that is no result of a tool; -1 where there is none. */
export function openQuestionOf(history: readonly TurnMessage[]): number {
  return history.findLastIndex(
    ({ role, content }) => role === "user" && !content.some(({ toolResult }) => toolResult !== undefined),
  );
}
