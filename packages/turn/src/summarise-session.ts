/** Keeps the summary of a session's older turns, after an answer that nobody waits with for it. */
import { summarise } from "@caprock/context";
import type { SessionKey, SessionTurn } from "@caprock/memory";
import type { AdmittedTurn } from "./admit.ts";
import { pauseAfter } from "./growing-pauses.ts";
import { historyBound } from "./history-bound.ts";
import {
  beginsAt,
  goesOnTo,
  planSessionSummary,
  type SessionSummaryPlanner,
} from "./plan-session-summary.ts";
import type { OpenSession } from "./remember.ts";
import { messagePlace } from "./session-history.ts";
import { type Ask, summariserFor } from "./summariser.ts";
import type { TurnParts } from "./turn-request.ts";

/** Of a session's summaries: one that always fails is asked for, and paid, once an hour. */
const summaryPauses = { firstMs: 60_000, longestMs: 3_600_000 };

/**
 * Makes as many summaries as are due, one after the other, each of whole exchanges that it is shown and of the summary before,
 * and each kept before the next is begun: whoever dies in between has wasted one. One that cannot be made leaves the history
 * as it was, and the window forgets what does not fit; it is tried again after a pause that grows. Never throws.
 */
export async function summariseSession(
  turn: AdmittedTurn,
  session: OpenSession,
  kept: SessionTurn,
  ask: Ask,
  parts: TurnParts,
): Promise<void> {
  const { request } = turn;
  try {
    const planner = planSessionSummary(turn, parts);
    const isDue = planner?.next([...session.turns, kept], session.summary, beginsAt) !== undefined;
    let at = beginsAt;
    while (planner && isDue && (await summariseOnce(turn, session.claim.session, planner, at, ask, parts))) {
      at = goesOnTo;
    }
  } catch (error) {
    parts.onSummaryFailure(request.requestId, error);
  }
}

/** False when nothing was due, or when another process makes one. Throws when one could not be made. */
async function summariseOnce(
  { request }: AdmittedTurn,
  session: SessionKey,
  planner: SessionSummaryPlanner,
  at: number,
  ask: Ask,
  parts: TurnParts,
): Promise<boolean> {
  const { sessions, clock, holdTtlMs } = parts;
  // A call is over before its hold expires, and so is what is made of it.
  const claim = await sessions.claimSummary(session, parts.newRequestId(), clock.now() + holdTtlMs);
  if (claim === undefined) {
    return false;
  }
  try {
    // Read after the claim: what is deleted from now on ends it.
    const { previous } = claim;
    const { mostTurns, mostBytes } = historyBound;
    const after = (previous?.throughSequence ?? 1) - 1;
    const turns = await sessions.turnsAfter(session, after, mostTurns, mostBytes);
    const plan = planner.next(turns, previous, at);
    const [chunk] = plan?.chunks ?? [];
    const place = chunk && messagePlace(chunk.throughTurnId);
    if (plan === undefined || chunk === undefined || place === undefined) {
      await sessions.releaseSummary(claim);
      return false;
    }
    const made = await summarise(
      { previous: plan.previous, chunks: [chunk] },
      summariserFor(request, { ...planner.summariser, ask }, parts),
    );
    if (made.failure !== undefined || made.summary === undefined) {
      throw made.failure;
    }
    const oldestAtMs = previous?.oldestAtMs ?? turns[0]?.atMs ?? clock.now();
    return await sessions.keepSummary(claim, { text: made.summary.text, ...place, oldestAtMs });
  } catch (error) {
    await sessions.postponeSummary(claim, clock.now() + pauseAfter(claim.failures, summaryPauses));
    throw error;
  }
}
