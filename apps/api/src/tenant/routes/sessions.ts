/** /v1/sessions: what is kept of chats, to list, read and fork. */
import {
  createSessionBody,
  forkSessionBody,
  type ListedSessionsView,
  type ListedTurnsView,
  sessionPageQuery,
  type TurnPageQuery,
  turnPageQuery,
} from "@caprock/contract";
import { type Refusal, refusal } from "@caprock/domain";
import {
  forkSession,
  type Session,
  type SessionKey,
  type SessionStore,
  type SessionTurn,
  sessionNotFound,
} from "@caprock/memory";
import { sessionKeyOf, turnsBeforeRead } from "@caprock/turn";
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { sessionView, turnView } from "../../memory-views.ts";
import { answerProblem } from "../answer-problem.ts";
import { startNamedSessionCall, startSessionCall } from "../start-session-call.ts";
import type { TenantParts } from "../tenant-parts.ts";

/** Of a page of turns; a single one may be larger. */
const pageBytes = 4_000_000;

/** POST /v1/sessions. A session that is there already is told as it is: the name was all that was asked for. */
export function create(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startSessionCall(c, parts, { from: "body", schema: createSessionBody });
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const { sessions } = parts.memory;
    const requestId = c.get("requestId");
    const sessionId = call.wanted.id ?? newSessionId(requestId);
    const session = sessionKeyOf(call.caller, { sessionId, actorId: call.actorId });
    if ("refused" in session) {
      return answerProblem(c, session.refused);
    }
    const isNew = await sessions.create(session, requestId);
    const found = await sessions.find(session);
    return found
      ? c.json(sessionView(found), isNew ? 201 : 200)
      : answerProblem(c, sessionNotFound(sessionId).refused);
  };
}

/** GET /v1/sessions: an actor's, a page at a time. */
export function list(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startSessionCall(c, parts, { from: "query", schema: sessionPageQuery });
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const { caller, actorId, wanted } = call;
    const { limit, after } = wanted;
    const page = await parts.memory.sessions.listSessions(caller.tenant.id, {
      actorId,
      after: after === undefined ? undefined : { actorId, sessionId: after },
      limit: limit + 1,
    });
    const shown = page.slice(0, limit);
    const last = shown.at(-1);
    const listed: ListedSessionsView = {
      object: "list",
      data: shown.map(sessionView),
      ...(page.length > limit && last ? { next: last.sessionId } : {}),
    };
    return c.json(listed);
  };
}

/** GET /v1/sessions/{id}. */
export function read(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startNamedSessionCall(c, parts, { from: "query", schema: turnPageQuery });
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const session = await parts.memory.sessions.find(call.session);
    return session
      ? c.json(sessionView(session))
      : answerProblem(c, sessionNotFound(call.session.sessionId).refused);
  };
}

/** GET /v1/sessions/{id}/turns. */
export function readTurns(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startNamedSessionCall(c, parts, { from: "query", schema: turnPageQuery });
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const { session, wanted } = call;
    const { sessions } = parts.memory;
    const found = await sessions.find(session);
    if (!found) {
      return answerProblem(c, sessionNotFound(session.sessionId).refused);
    }
    const { turns, more } = await pageOf(found, wanted, sessions);
    const listed: ListedTurnsView = { object: "list", data: turns.map(turnView), more };
    return c.json(listed);
  };
}

async function pageOf(
  session: Session,
  { after = 0, before, limit }: TurnPageQuery,
  sessions: SessionStore,
): Promise<{ readonly turns: readonly SessionTurn[]; readonly more: boolean }> {
  if (before !== undefined) {
    const past = await sessions.historyBefore(session, before, { mostTurns: limit, mostBytes: pageBytes });
    return { turns: past.turns, more: turnsBeforeRead(past) > 0 };
  }
  const turns = await sessions.turnsAfter(session, after, limit, pageBytes);
  const last = turns.at(-1);
  return { turns, more: last !== undefined && last.sequence < session.lastSequence };
}

/** POST /v1/sessions/{id}/fork. */
export function fork(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startNamedSessionCall(c, parts, { from: "body", schema: forkSessionBody });
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const { session, wanted } = call;
    const through = await sequenceOf(session, wanted.throughTurn, parts);
    if (typeof through === "object") {
      return answerProblem(c, through.refused);
    }
    const forked = await forkSession(session, newSessionId(c.get("requestId")), through, parts.memory);
    return "refused" in forked ? answerProblem(c, forked.refused) : c.json(sessionView(forked), 201);
  };
}

async function sequenceOf(
  session: SessionKey,
  turnId: string | undefined,
  { memory }: TenantParts,
): Promise<number | undefined | Refusal> {
  if (turnId === undefined) {
    return undefined;
  }
  const turn = await memory.sessions.findTurn(session.tenantId, turnId);
  return turn?.actorId === session.actorId && turn.sessionId === session.sessionId
    ? turn.sequence
    : refusal({
        code: "not_found",
        message: `Session "${session.sessionId}" has no turn "${turnId.slice(0, 64)}".`,
        param: "throughTurn",
      });
}

/** As unlikely to be there already as the request's own id. */
function newSessionId(requestId: string): string {
  return requestId.replace(/^req_/, "ses_");
}
