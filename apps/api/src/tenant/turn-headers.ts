/** Tells the caller, in headers, when its chat was cut to fit the model's window. */
import type { ContextReport } from "@caprock/turn";

export function contextHeaders({
  droppedMessages,
  droppedTokens,
  cutMessages,
}: ContextReport): Record<string, string> {
  return droppedMessages === 0 && cutMessages === 0
    ? {}
    : {
        "x-caprock-context-dropped-messages": String(droppedMessages),
        "x-caprock-context-dropped-tokens": String(droppedTokens),
        "x-caprock-context-cut-messages": String(cutMessages),
      };
}
