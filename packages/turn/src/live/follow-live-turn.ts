/** Follows a turn that runs elsewhere, or that has ended, from a cursor on. */
import type { Problem, TenantId } from "@caprock/domain";
import type { LiveTurn, LiveTurnEnding, LiveTurnName } from "./live-turn-store.ts";
import type { LiveTurnParts, LiveTurnReader } from "./run-live-turn.ts";

type FollowParts = Pick<LiveTurnParts, "store" | "clock" | "pause">;

/** How often what has been kept meanwhile is read. */
const lookEveryMs = 250;

/**
 * After so many looks without news, five seconds, the reader is told just that: a reader that has left would otherwise be
 * followed for, and its turn kept alive, for as long as the model is silent.
 */
const looksOfSilence = 20;

/**
 * Tells the events behind `cursor` until the turn has ended or its reader is gone. A turn whose runner died, or whose
 * events could not all be kept, ends as failed with `turn_interrupted`. Resolves with false where the tenant has no
 * such turn.
 */
export async function followLiveTurn(
  tenantId: TenantId,
  name: LiveTurnName,
  cursor: number,
  reader: LiveTurnReader,
  { store, clock, pause }: FollowParts,
): Promise<boolean> {
  let told = cursor;
  for (let silentLooks = 0; ; silentLooks += 1) {
    // The turn first: of one that says it has ended, everything is kept by then.
    const turn = await store.read(tenantId, name);
    if (!turn) {
      return false;
    }
    for (const { after, events } of await store.list(tenantId, name, told)) {
      if (after !== told) {
        break;
      }
      told += events.length;
      silentLooks = 0;
      if (!(await reader.events(events, told))) {
        return true;
      }
    }
    const ending = endingOf(turn, told, clock.now());
    if (ending) {
      await reader.ended(ending, told);
      return true;
    }
    if (silentLooks >= looksOfSilence) {
      silentLooks = 0;
      if (!(await reader.events([], told))) {
        return true;
      }
    }
    await store.follow(tenantId, name, clock.now() + 4 * lookEveryMs);
    await pause(lookEveryMs);
  }
}

function endingOf(turn: LiveTurn, told: number, nowMs: number): LiveTurnEnding | undefined {
  if (turn.ending) {
    return told >= (turn.eventCount ?? 0)
      ? turn.ending
      : interrupted("Some of the turn's events were not kept.");
  }
  return turn.leaseUntilMs > nowMs
    ? undefined
    : interrupted("The process that ran the turn ended before it. What the turn used is settled. Ask again.");
}

function interrupted(message: string): LiveTurnEnding {
  const problem: Problem = { code: "turn_interrupted", message };
  return { how: "failed", problem };
}
