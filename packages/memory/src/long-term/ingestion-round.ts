/** One round of the ingestion worker: takes jobs from the queue and does them; and finds sessions whose job was lost. */
import type { TenantId } from "@caprock/domain";
import { type IngestParts, ingestSession } from "./ingest-session.ts";
import type { IngestionMarks } from "./ingestion-marks.ts";
import type { IngestionJob, IngestionQueue } from "./ingestion-queue.ts";
import type { TurnSource } from "./session-turn.ts";

export interface IngestionRoundParts extends IngestParts {
  readonly queue: IngestionQueue;
  /** Told of a job that failed; it is delivered again, and at last to the dead letters. */
  readonly onFailure: (job: IngestionJob, error: unknown) => void;
}

export interface IngestionRound {
  readonly jobs: number;
  readonly turns: number;
  readonly events: number;
  readonly failed: number;
}

/** Jobs of one session in one delivery are one piece of work: it takes in all the turns that are there. */
export async function ingestionRound(
  parts: IngestionRoundParts,
  waitMs: number,
  signal?: AbortSignal,
): Promise<IngestionRound> {
  const received = await parts.queue.receive(waitMs, signal);
  const bySession = new Map<string, typeof received>();
  for (const one of received) {
    const { tenantId, actorId, sessionId } = one.job;
    const key = JSON.stringify([tenantId, actorId, sessionId]);
    bySession.set(key, [...(bySession.get(key) ?? []), one]);
  }
  let round: IngestionRound = { jobs: received.length, turns: 0, events: 0, failed: 0 };
  for (const [first, ...others] of bySession.values()) {
    if (first === undefined) {
      continue;
    }
    try {
      const { turns, events } = await ingestSession(first.job, parts);
      for (const { receipt } of [first, ...others]) {
        await parts.queue.done(receipt);
      }
      round = { ...round, turns: round.turns + turns, events: round.events + events };
    } catch (error) {
      parts.onFailure(first.job, error);
      round = { ...round, failed: round.failed + 1 };
    }
  }
  return round;
}

export interface RepairParts {
  readonly turns: TurnSource;
  readonly marks: IngestionMarks;
  readonly queue: IngestionQueue;
}

/**
 * Asks again for every session of a tenant that has more turns than long-term memory: a send after a turn may be lost,
 * and no later turn may come. Asking for what is under way already does no harm. Tells how many were asked for.
 */
export async function repairLost(tenantId: TenantId, { turns, marks, queue }: RepairParts): Promise<number> {
  let asked = 0;
  for await (const { lastSequence, actorId, sessionId } of turns.sessions(tenantId)) {
    const mark = await marks.read({ tenantId, actorId, sessionId });
    if (mark.through < lastSequence || mark.sendingTo !== undefined) {
      await queue.send({ kind: "ingest", tenantId, actorId, sessionId });
      asked += 1;
    }
  }
  return asked;
}
