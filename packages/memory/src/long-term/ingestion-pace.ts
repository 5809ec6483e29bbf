/** Keeps ingestion within AgentCore's limits on CreateEvent: by account, and by one actor's session. */
import type { Clock } from "@caprock/domain";
import { TokenBucket } from "./token-bucket.ts";

/** Bedrock AgentCore's quotas; the account's is adjustable, a session's is fixed. */
export const eventsPerSecond = { account: 10, session: 5 } as const;

export interface PaceParts {
  readonly clock: Clock;
  readonly pause: (durationMs: number) => Promise<void>;
  /** This process's share of the account's rate. */
  readonly accountPerSecond: number;
}

export class IngestionPace {
  readonly #parts: PaceParts;
  readonly #account: TokenBucket;
  readonly #sessions = new Map<string, TokenBucket>();

  constructor(parts: PaceParts) {
    this.#parts = parts;
    this.#account = new TokenBucket(parts.accountPerSecond, parts.clock);
  }

  /** Waits until an event of this session may be sent. */
  async next(session: string): Promise<void> {
    const bucket = this.#sessions.get(session) ?? new TokenBucket(eventsPerSecond.session, this.#parts.clock);
    this.#sessions.set(session, bucket);
    const waitMs = Math.max(this.#account.takeMs(), bucket.takeMs());
    if (waitMs > 0) {
      await this.#parts.pause(waitMs);
    }
    for (const [name, one] of this.#sessions) {
      if (one.full) {
        this.#sessions.delete(name);
      }
    }
  }
}
