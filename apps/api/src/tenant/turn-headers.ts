/** Tells the caller, in headers, how its limits stand and what became of its request besides the answer. */
import type { TurnReport } from "@caprock/turn";
import { limitHeaderNames, limitHeaders } from "./limit-headers.ts";

const names = {
  droppedMessages: "x-caprock-context-dropped-messages",
  droppedTokens: "x-caprock-context-dropped-tokens",
  cutMessages: "x-caprock-context-cut-messages",
  session: "x-caprock-session",
  turn: "x-caprock-turn",
  fallbackModel: "x-caprock-fallback-model",
} as const;

export const turnHeaderNames = [...limitHeaderNames, ...Object.values(names)];

export function turnHeaders(
  { context, standings, session, fallbackModelId }: TurnReport,
  nowMs: number,
): Record<string, string> {
  const { droppedMessages = 0, droppedTokens = 0, cutMessages = 0 } = context ?? {};
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
    ...(session ? { [names.session]: session.sessionId, [names.turn]: session.turnId } : {}),
    ...(fallbackModelId === undefined ? {} : { [names.fallbackModel]: fallbackModelId }),
  };
}
