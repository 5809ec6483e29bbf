/** What becomes of a session once its turn has an answer: the turn is kept, taken in, summarised and embedded. */
import type { SessionTurn } from "@caprock/memory";
import type { AdmittedTurn } from "./admit.ts";
import { contextPolicyOf } from "./context-policy-of.ts";
import { embedSession } from "./embed-session.ts";
import { ingestTurn } from "./recall-memory.ts";
import { type OpenSession, remember } from "./remember.ts";
import { summariseSession } from "./summarise-session.ts";
import type { TurnOutcome } from "./turn-outcome.ts";
import type { RunTurn, TurnParts } from "./turn-request.ts";

/** The turn as its session keeps it, and long-term memory is asked to take it in; undefined where nothing is kept. Never throws. */
export async function keepTurn(
  session: OpenSession | undefined,
  { call }: AdmittedTurn,
  { status }: TurnOutcome,
  parts: TurnParts,
): Promise<SessionTurn | undefined> {
  const kept = session && (await remember(session, call.conversation, status === "completed", parts));
  if (session && kept) {
    ingestTurn(session, parts);
  }
  return kept;
}

/** After the answer, so that nobody waits for it; the next turn finds the summary and the vectors, or does without. */
export function lookAfterSession(
  session: OpenSession | undefined,
  kept: SessionTurn | undefined,
  turn: AdmittedTurn,
  ask: RunTurn,
  parts: TurnParts,
): void {
  if (!session || !kept) {
    return;
  }
  if (contextPolicyOf(turn.request).strategy === "summarise") {
    parts.inBackground(summariseSession(turn, session, kept, ask, parts));
  }
  parts.inBackground(embedSession(turn, session, kept, ask, parts));
}
