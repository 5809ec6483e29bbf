/** Makes the turn of a call from the HTTP request that asks for it. */
import type { FreeCall, TurnRequest } from "@caprock/turn";
import type { Context } from "hono";
import type { RequestEnv } from "../http/request-context.ts";

/** The session that a request names by header. */
export function sessionOf(c: Context<RequestEnv>): TurnRequest["session"] {
  const sessionId = c.req.header("x-caprock-session");
  return sessionId === undefined ? undefined : { sessionId, actorId: c.req.header("x-caprock-actor") };
}

/** A call that costs nothing, of the HTTP request that asks for it. */
export function freeCallOf(c: Context<RequestEnv>, asked: Pick<FreeCall, "caller" | "modelId">): FreeCall {
  return { ...asked, requestId: c.get("requestId"), arrivedAtMs: c.get("arrivedAtMs") };
}

/** The turn, and what ends it when the reader of a streamed answer leaves; a connection that closes ends it too. */
export function beginTurn<Answer, Frame>(
  c: Context<RequestEnv>,
  asked: Pick<TurnRequest<Answer, Frame>, "caller" | "wire" | "modelId" | "operation" | "session">,
): { readonly turn: TurnRequest<Answer, Frame>; readonly hangUp: () => void } {
  const left = new AbortController();
  return {
    turn: {
      ...asked,
      requestId: c.get("requestId"),
      arrivedAtMs: c.get("arrivedAtMs"),
      session: asked.session ?? sessionOf(c),
      contextPolicy: c.get("contextPolicy"),
      signal: AbortSignal.any([c.req.raw.signal, left.signal]),
    },
    hangUp: () => left.abort(),
  };
}
