/** The ingestion worker: does the jobs of the queue, and finds sessions whose job was lost. */
import type { TenantId } from "@caprock/domain";
import { type IngestParts, ingestSession } from "./ingest-session.ts";
import type { IngestionMarks } from "./ingestion-marks.ts";
import type { IngestionJob, IngestionQueue, ReceivedJob } from "./ingestion-queue.ts";
import type { TurnSource } from "./session-turn.ts";

export interface IngestionJobsParts extends IngestParts {
  /** Told of a job that failed; it is delivered again, and at last to the dead letters. */
  readonly onFailure: (job: IngestionJob, error: unknown) => void;
}

export interface IngestionReport {
  readonly jobs: number;
  readonly turns: number;
  readonly events: number;
  /** Sessions with turns that their tenant's limits do not allow now: the next turn, or the next look for what was lost, asks again. */
  readonly refused: number;
  /** Receipts of jobs that are to be delivered again. */
  readonly failed: readonly string[];
}

/** Does delivered jobs. Those of one session are one piece of work: it takes in all the turns that are there. */
export async function ingestJobs(
  received: readonly ReceivedJob[],
  parts: IngestionJobsParts,
): Promise<IngestionReport> {
  const bySession = new Map<string, ReceivedJob[]>();
  for (const one of received) {
    const { tenantId, actorId, sessionId } = one.job;
    const key = JSON.stringify([tenantId, actorId, sessionId]);
    bySession.set(key, [...(bySession.get(key) ?? []), one]);
  }
  let report: IngestionReport = { jobs: received.length, turns: 0, events: 0, refused: 0, failed: [] };
  for (const deliveries of bySession.values()) {
    const [first] = deliveries;
    if (first === undefined) {
      continue;
    }
    try {
      const askedBy = Math.max(...deliveries.map(({ job }) => job.sequence ?? Number.POSITIVE_INFINITY));
      const { turns, events, refused } = await ingestSession(first.job, parts, askedBy);
      report = {
        ...report,
        turns: report.turns + turns,
        events: report.events + events,
        refused: report.refused + (refused ? 1 : 0),
      };
    } catch (error) {
      parts.onFailure(first.job, error);
      report = { ...report, failed: [...report.failed, ...deliveries.map(({ receipt }) => receipt)] };
    }
  }
  return report;
}

export interface IngestionRoundParts extends IngestionJobsParts {
  readonly queue: IngestionQueue;
}

/** One round of a process: takes what the queue has, waiting up to `waitMs`, and removes what was done. */
export async function ingestionRound(
  parts: IngestionRoundParts,
  waitMs: number,
  signal?: AbortSignal,
): Promise<IngestionReport> {
  const received = await parts.queue.receive(waitMs, signal);
  const report = await ingestJobs(received, parts);
  for (const { receipt } of received) {
    if (!report.failed.includes(receipt)) {
      await parts.queue.done(receipt);
    }
  }
  return report;
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
  for await (const { lastSequence, incarnation, actorId, sessionId } of turns.sessions(tenantId)) {
    const mark = await marks.read({ tenantId, actorId, sessionId });
    const through = mark?.incarnation === incarnation ? mark.through : 0;
    if (through < lastSequence || (through > 0 && mark?.sendingTo !== undefined)) {
      await queue.send({ kind: "ingest", tenantId, actorId, sessionId });
      asked += 1;
    }
  }
  return asked;
}
