/** What answering once under an idempotency key works with. */
import type { Clock } from "@caprock/domain";
import type { IdempotencyStore } from "@caprock/tenancy";

export interface IdempotencyParts {
  readonly store: IdempotencyStore;
  readonly clock: Clock;
  readonly pause: (durationMs: number) => Promise<void>;
  /** No call runs longer: then a process that died is given up, and its key is free. */
  readonly leaseMs: number;
  /** How long a call waits for the answer of its twin. */
  readonly waitMs: number;
  /** Answers are sealed with it and with the text of their key, which is stored nowhere. */
  readonly secret: string;
  /** Told of an answer that could not be stored; its caller has it all the same. */
  readonly onFailure: (error: unknown) => void;
}
