/** AgentCore's limits on calls a second, as token buckets that hold one second's worth. */
import { AgentCoreError } from "./errors.ts";

/** Calls a second by operation, for the account; every other data-plane operation has `other`. */
const accountRates: Readonly<Record<string, number>> = {
  CreateMemory: 3,
  CreateEvent: 10,
  RetrieveMemoryRecords: 30,
  ListMemoryRecords: 30,
};
const otherRate = 20;
const conversationalRate = 5;
const blobRate = 10;

interface Bucket {
  tokens: number;
  atMs: number;
}

export class Rates {
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, Bucket>();
  enforced = true;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Throws ThrottledException when the account's rate of an operation is used up. */
  take(operation: string): void {
    this.#take(operation, accountRates[operation] ?? otherRate);
  }

  /** The same for one actor's session, which may take fewer events when they are conversational. */
  takeSession(session: string, conversational: boolean): void {
    this.#take(`session ${session}`, conversational ? conversationalRate : blobRate);
  }

  #take(name: string, perSecond: number): void {
    const nowMs = this.#nowMs();
    const { tokens, atMs } = this.#buckets.get(name) ?? { tokens: perSecond, atMs: nowMs };
    const filled = Math.min(perSecond, tokens + (Math.max(0, nowMs - atMs) * perSecond) / 1_000);
    if (this.enforced && filled < 1) {
      throw new AgentCoreError("ThrottledException", `Rate exceeded: ${perSecond} calls a second.`);
    }
    this.#buckets.set(name, { tokens: Math.max(0, filled - 1), atMs: nowMs });
  }
}
