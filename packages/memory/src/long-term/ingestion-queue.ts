/** The port of the queue before long-term memory. Its messages carry ids alone: prompts stay in the session store. */
import { z } from "zod";

/** What is to be done: take in a session's new turns. */
export const ingestionJobSchema = z.object({
  kind: z.literal("ingest"),
  tenantId: z.string(),
  actorId: z.string(),
  sessionId: z.string(),
  /**
   * The turn behind which it was asked. What is younger has jobs of its own, which wait until more of it can go together. Absent:
   * all there is.
   */
  sequence: z.number().int().positive().optional(),
});
export type IngestionJob = z.infer<typeof ingestionJobSchema>;

/** Reads the body of a message; undefined when it is no job. */
export function readJob(body: string | undefined): IngestionJob | undefined {
  try {
    return ingestionJobSchema.parse(JSON.parse(body ?? ""));
  } catch {
    return undefined;
  }
}

export interface ReceivedJob {
  readonly job: IngestionJob;
  /** Names this delivery: SQS's receipt, or the id of the message where a Lambda function is given it. */
  readonly receipt: string;
}

export interface IngestionQueue {
  /** Delivered no sooner than after `delayMs`, at most 15 minutes; at once without one. */
  send(job: IngestionJob, delayMs?: number): Promise<void>;
  /** Waits for jobs, up to `waitMs`. What is not `done` in time is delivered again, and at last to the dead letters. */
  receive(waitMs: number, signal?: AbortSignal): Promise<readonly ReceivedJob[]>;
  done(receipt: string): Promise<void>;
  /** Puts the dead letters back, at most `most`; tells how many. */
  redrive(most: number): Promise<number>;
}

/**
 * After a turn: asks for its ingestion, `delayMs` from now, so that the turns that follow it go into one event with it. A failure is
 * told and never thrown: the job of the next turn, or `repairLost`, makes up for it.
 */
export async function enqueueIngestion(
  queue: IngestionQueue,
  job: Omit<IngestionJob, "kind">,
  delayMs: number,
  onFailure: (error: unknown) => void,
): Promise<void> {
  try {
    await queue.send({ ...job, kind: "ingest" }, delayMs);
  } catch (error) {
    onFailure(error);
  }
}
