/** Forgetting, and taking along: DELETE of a turn, a session or an actor with its proof, and an actor's export. */
import { type Refusal, refusal } from "@caprock/domain";
import {
  exportActor,
  type ForgetProof,
  type ForgetScope,
  forgetMemory,
  sessionNotFound,
} from "@caprock/memory";
import type { Context } from "hono";
import { z } from "zod";
import type { RequestEnv } from "../../http/request-context.ts";
import { streamBody } from "../../http/stream-body.ts";
import { forgetProofView, sessionView, summaryView, turnView } from "../../memory-views.ts";
import { answerProblem } from "../answer-problem.ts";
import { startNamedSessionCall, startSessionCall } from "../start-session-call.ts";
import type { TenantParts } from "../tenant-parts.ts";

const asked = { from: "query", schema: z.strictObject({ actor: z.string().optional() }) } as const;

/** DELETE /v1/sessions/{id}. */
export function deleteSession(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startNamedSessionCall(c, parts, asked);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const { tenantId, actorId, sessionId } = call.session;
    return forgetOrNotFound(c, parts, tenantId, { kind: "session", actorId, sessionId }, () =>
      sessionNotFound(sessionId),
    );
  };
}

/** DELETE /v1/sessions/{id}/turns/{turn}. */
export function deleteTurn(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startNamedSessionCall(c, parts, asked);
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const { tenantId, actorId, sessionId } = call.session;
    const turnId = c.req.param("turn") ?? "";
    return forgetOrNotFound(c, parts, tenantId, { kind: "turn", actorId, sessionId, turnId }, () =>
      refusal({ code: "not_found", message: `Session "${sessionId}" has no turn "${turnId.slice(0, 64)}".` }),
    );
  };
}

/** DELETE /v1/actors/{actor}. There is a proof also for an actor of whom nothing was kept. */
export function deleteActor(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startSessionCall(c, parts, actorInPath(c));
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const scope = { kind: "actor", actorId: call.actorId } as const;
    return c.json(forgetProofView(scope, await forgetMemory(call.caller.tenant.id, scope, parts.memory)));
  };
}

/** GET /v1/actors/{actor}/export: a JSON object a line. */
export function exportOfActor(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const call = await startSessionCall(c, parts, actorInPath(c));
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const lines = exportLines(call.caller.tenant.id, call.actorId, parts);
    return new Response(
      streamBody(lines, () => undefined),
      { headers: { "content-type": "application/jsonl", "cache-control": "no-store" } },
    );
  };
}

/** The path names the actor here, and nothing else does. */
function actorInPath(c: Context<RequestEnv>) {
  const actor = c.req.param("actor") ?? "";
  return { from: "query", schema: z.strictObject({}).transform(() => ({ actor })) } as const;
}

async function* exportLines(
  tenantId: string,
  actorId: string,
  { memory }: TenantParts,
): AsyncGenerator<Uint8Array> {
  for await (const item of exportActor(tenantId, actorId, memory)) {
    const line =
      item.kind === "session"
        ? sessionView(item.session)
        : item.kind === "turn"
          ? { ...turnView(item.turn), session: item.sessionId }
          : item.kind === "summary"
            ? summaryView(item.summary, item.sessionId)
            : item.kind === "event"
              ? { object: "memory.event", ...item.event }
              : { object: "memory.record", ...item.record };
    yield Buffer.from(`${JSON.stringify(line)}\n`);
  }
}

async function forgetOrNotFound(
  c: Context<RequestEnv>,
  { memory }: TenantParts,
  tenantId: string,
  scope: ForgetScope,
  notFound: () => Refusal,
): Promise<Response> {
  const proof = await forgetMemory(tenantId, scope, memory);
  return isEmpty(proof) ? answerProblem(c, notFound().refused) : c.json(forgetProofView(scope, proof));
}

function isEmpty({ sessions: { found }, vectors, longTerm, isComplete }: ForgetProof): boolean {
  const removed = vectors.found + (longTerm ? longTerm.eventsRemoved + longTerm.recordsRemoved : 0);
  const kept = found.sessions + found.turns + found.summaries + found.bodies + found.other;
  return isComplete && kept + removed === 0;
}
