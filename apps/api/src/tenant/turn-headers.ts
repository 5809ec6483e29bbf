/** Tells the caller, in headers, how its limits stand and what became of its request besides the answer. */
import type { TurnReport } from "@caprock/turn";
import type { Context } from "hono";
import type { RequestEnv } from "../http/request-context.ts";
import { requestIdHeader } from "../http/request-log.ts";
import { contextReportHeader, contextReportHeaderName } from "./context-headers.ts";
import { limitHeaderNames, limitHeaders } from "./limit-headers.ts";

const names = {
  droppedMessages: "x-caprock-context-dropped-messages",
  droppedTokens: "x-caprock-context-dropped-tokens",
  cutMessages: "x-caprock-context-cut-messages",
  session: "x-caprock-session",
  turn: "x-caprock-turn",
  fallbackModel: "x-caprock-fallback-model",
} as const;

export const turnHeaderNames = [...limitHeaderNames, ...Object.values(names), contextReportHeaderName];

/** For the answer of `c`, and no other; the request's id is among them. */
export function turnHeaders(
  c: Context<RequestEnv>,
  report: TurnReport,
  nowMs: number,
): Record<string, string> {
  const { context, standings, session, fallbackModelId } = report;
  const { droppedMessages = 0, droppedTokens = 0, cutMessages = 0 } = context ?? {};
  const isCut = droppedMessages > 0 || cutMessages > 0;
  c.set("tellsRequestId", true);
  return {
    [requestIdHeader]: c.get("requestId"),
    ...limitHeaders(standings, nowMs),
    ...(isCut
      ? {
          [names.droppedMessages]: String(droppedMessages),
          [names.droppedTokens]: String(droppedTokens),
          [names.cutMessages]: String(cutMessages),
        }
      : {}),
    ...(session ? { [names.session]: session.sessionId } : {}),
    ...(session?.turnId === undefined ? {} : { [names.turn]: session.turnId }),
    ...(fallbackModelId === undefined ? {} : { [names.fallbackModel]: fallbackModelId }),
    ...contextReportHeader(c, report),
  };
}
