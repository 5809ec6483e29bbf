/** Tells the caller, in headers, how its limits stand and what became of its request besides the answer. */
import type { TurnAnswer } from "@caprock/turn";
import { limitHeaderNames, limitHeaders } from "./limit-headers.ts";

type Told = Pick<TurnAnswer, "context" | "standings" | "fallbackModelId">;

const names = {
  droppedMessages: "x-caprock-context-dropped-messages",
  droppedTokens: "x-caprock-context-dropped-tokens",
  cutMessages: "x-caprock-context-cut-messages",
  fallbackModel: "x-caprock-fallback-model",
} as const;

export const turnHeaderNames = [...limitHeaderNames, ...Object.values(names)];

export function turnHeaders(
  { context, standings, fallbackModelId }: Told,
  nowMs: number,
): Record<string, string> {
  const { droppedMessages, droppedTokens, cutMessages } = context;
  const isCut = droppedMessages > 0 || cutMessages > 0;
  return {
    ...limitHeaders(standings, nowMs),
    ...(isCut
      ? {
          [names.droppedMessages]: String(droppedMessages),
          [names.droppedTokens]: String(droppedTokens),
          [names.cutMessages]: String(cutMessages),
        }
      : {}),
    ...(fallbackModelId === undefined ? {} : { [names.fallbackModel]: fallbackModelId }),
  };
}
