/** Makes the turn of a call from the HTTP request that asks for it. */
import type { Caller } from "@caprock/tenancy";
import { actorOfEndUser, type FreeCall, type TurnRequest } from "@caprock/turn";
import type { Context } from "hono";
import type { RequestEnv } from "../http/request-context.ts";

/**
 * Whom a request is asked for: the actor of the header, or else the end user whom its body names in its wire's own way. Who
 * signed in is asked for as themselves, whomever a body names.
 */
export function actorIdOf(
  c: Context<RequestEnv>,
  { user }: Caller,
  endUserId: string | null | undefined,
): string | undefined {
  const named = user === undefined && endUserId ? actorOfEndUser(endUserId) : undefined;
  return c.req.header("x-caprock-actor") ?? named;
}

/** The session that a request names by header. */
export function sessionOf(c: Context<RequestEnv>, actorId: string | undefined): TurnRequest["session"] {
  const sessionId = c.req.header("x-caprock-session");
  return sessionId === undefined ? undefined : { sessionId, actorId };
}

/** A call that costs nothing, of the HTTP request that asks for it. */
export function freeCallOf(c: Context<RequestEnv>, asked: Pick<FreeCall, "caller" | "modelId">): FreeCall {
  return { ...asked, requestId: c.get("requestId"), arrivedAtMs: c.get("arrivedAtMs") };
}

/** The turn, and what ends it when the reader of a streamed answer leaves; a connection that closes ends it too. */
export function beginTurn<Answer, Frame>(
  c: Context<RequestEnv>,
  {
    endUserId,
    ...asked
  }: Pick<TurnRequest<Answer, Frame>, "caller" | "wire" | "modelId" | "operation" | "session"> & {
    /** As the body names it, in its wire's own way. */
    readonly endUserId?: string | null | undefined;
  },
): { readonly turn: TurnRequest<Answer, Frame>; readonly hangUp: () => void } {
  const left = new AbortController();
  const actorId = actorIdOf(c, asked.caller, endUserId);
  return {
    turn: {
      ...asked,
      requestId: c.get("requestId"),
      arrivedAtMs: c.get("arrivedAtMs"),
      session: asked.session ?? sessionOf(c, actorId),
      actorId,
      contextPolicy: c.get("contextPolicy"),
      signal: AbortSignal.any([c.req.raw.signal, left.signal]),
    },
    hangUp: () => left.abort(),
  };
}
