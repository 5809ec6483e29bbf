/** What long-term memory has for a question: recalled before the prompt is fitted, and never at the turn's expense. */
import { createTokenCounter, type Note } from "@caprock/context";
import type { Refusal, RequestId, Timer } from "@caprock/domain";
import {
  type LongTermMemory,
  noteOf,
  preferenceOf,
  type Recall,
  recall,
  type SessionKey,
} from "@caprock/memory";
import { contextPolicyOf } from "./context-policy-of.ts";
import { meteredSearch } from "./metered-search.ts";
import type { OpenSession } from "./remember.ts";
import { actorOf, noActor } from "./session-key.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** Long-term memory as turns use it. */
export interface TurnMemory {
  readonly memory: LongTermMemory;
  readonly timer: Timer;
  /** What is not there by then is answered without. */
  readonly recallDeadlineMs: number;
  /** By an estimate for no model in particular; `fit` gives memories their share of the window besides. */
  readonly recallBudgetTokens: number;
  /** Asks for a session's turns up to one, by its number, to be taken in. Not waited for, and never fails: the worker finds what was not asked for. */
  readonly ingest: (session: SessionKey, sequence: number) => void;
  /** Told of a part that could not be recalled. */
  readonly onRecallFailure: (requestId: RequestId, what: string, error: unknown) => void;
}

/** What was recalled, and what is missing because it failed, was late, or is not within the tenant's limits. */
export interface RecalledNotes extends Pick<Recall, "dropped" | "failed" | "late" | "overLimit"> {
  readonly notes: readonly Note[];
  /** The same from one question to the next, until one is drawn or goes. */
  readonly preferences: readonly Note[];
}

/** Whether what is said may be remembered: by the policy, and of an actor with a name, since whoever names none shares one. */
export function hasMemory(
  request: TurnRequest<unknown, unknown>,
  { actorId }: Pick<SessionKey, "actorId">,
): boolean {
  return contextPolicyOf(request).memory === true && actorId !== noActor;
}

/**
 * An actor's preferences, its records, and the newest turns of its sessions but for those that the prompt has already. Undefined for a request
 * without words, and without memory by its policy or its actor. Who names no session recalls all the same; what is said
 * then is kept nowhere, and so taken in nowhere. Refuses with `invalid_request` what is no actor's name.
 */
export async function recallMemory(
  request: TurnRequest<unknown, unknown>,
  session: OpenSession | undefined,
  parts: TurnParts,
): Promise<RecalledNotes | Refusal | undefined> {
  const { longTerm, sessions } = parts;
  const { question } = request.operation;
  const actor = session?.claim.session ?? actorOf(request.caller, request.actorId);
  if ("refused" in actor) {
    return actor;
  }
  if (!longTerm || !hasMemory(request, actor) || !question?.trim()) {
    return undefined;
  }
  const tenantId = request.caller.tenant.id;
  const { actorId } = actor;
  const { recallDeadlineMs: deadlineMs, recallBudgetTokens: budgetTokens, timer } = longTerm;
  const counter = createTokenCounter({ factor: 1 });
  const { items, preferences, ...missing } = await recall(
    tenantId,
    actorId,
    question,
    {
      deadlineMs,
      budgetTokens,
      ...(session
        ? {
            withoutSession: session.claim.session.sessionId,
            isSessionRead: session.turns[0]?.sequence === 1,
          }
        : {}),
    },
    {
      memory: meteredSearch(request, longTerm.memory, parts),
      turns: sessions,
      timer,
      countTokens: (text) => counter.text(text),
      onFailure: (what, error) => longTerm.onRecallFailure(request.requestId, what, error),
    },
  );
  const { dropped, failed, late, overLimit } = missing;
  const notes = items.map((item) => ({
    id: item.source === "record" ? item.recordId : item.turnId,
    text: noteOf(item),
  }));
  const preferred = preferences.map((record) => ({ id: record.recordId, text: preferenceOf(record) }));
  return { notes, preferences: preferred, dropped, failed, late, overLimit };
}

/** After a turn was kept: its session's new turns are to be taken in, if it was said with memory. */
export function ingestTurn(
  { claim, sessionOnly }: OpenSession,
  { longTerm }: Pick<TurnParts, "longTerm">,
): void {
  if (!sessionOnly) {
    longTerm?.ingest(claim.session, claim.sequence);
  }
}
