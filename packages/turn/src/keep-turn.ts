/** What becomes of a session once its turn has an answer: the turn is kept, taken in, summarised and embedded. */
import type { AdmittedTurn } from "./admit.ts";
import { contextPolicyOf } from "./context-policy-of.ts";
import { embedSession } from "./embed-session.ts";
import { ingestTurn } from "./recall-memory.ts";
import { type OpenSession, remember } from "./remember.ts";
import { summariseSession } from "./summarise-session.ts";
import type { TurnOutcome } from "./turn-outcome.ts";
import type { RunTurn, TurnParts } from "./turn-request.ts";

/** Keeps a complete turn, and asks for it to be taken into long-term memory. Never throws. */
export async function keepTurn(
  session: OpenSession | undefined,
  { call }: AdmittedTurn,
  outcome: TurnOutcome,
  parts: TurnParts,
): Promise<void> {
  if (session) {
    outcome.kept = await remember(session, call.conversation, outcome.status === "completed", parts);
  }
  if (session && outcome.kept) {
    ingestTurn(session, parts);
  }
}

/** After the answer, so that nobody waits for it; the next turn finds the summary and the vectors, or does without. */
export function lookAfterSession(
  session: OpenSession | undefined,
  { kept }: TurnOutcome,
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
