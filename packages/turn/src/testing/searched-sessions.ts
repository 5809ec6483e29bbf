/** For tests: sessions in a Map, and a process that searches them. */
import { createTokenCounter, type Retrieve, retrieveRelevant } from "@caprock/context";
import { ManualClock, type RequestId, stoppedTimer } from "@caprock/domain";
import type { SessionKey, SessionStore, TurnMessage } from "@caprock/memory";
import { MapSessionStore } from "@caprock/memory/testing/map-session-store";
import { MapVectorStore } from "@caprock/memory/testing/map-vector-store";
import { historyBound, turnsBeforeRead } from "../history-bound.ts";
import type { OpenSession } from "../remember.ts";
import { HistorySearch, type HistorySearchParts } from "../search/history-search.ts";
import type { SearchableHistory } from "../search/searchable-history.ts";
import { recallCounts } from "../turn-count.ts";

export const keptForMs = 30 * 86_400_000;
const leaseMs = 60_000;

export class SearchedSessions {
  readonly clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
  readonly store: SessionStore = new MapSessionStore(this.clock, keptForMs);
  readonly vectors = new MapVectorStore(this.clock, keptForMs);
  /** Work that no answer waits for. */
  readonly background: Promise<void>[] = [];
  readonly failures: unknown[] = [];
  readonly #names = new Map<string, number>();

  /** Unlike all others of the tenant; another tenant has the same. */
  newName(tenantId: string): string {
    const names = (this.#names.get(tenantId) ?? 0) + 1;
    this.#names.set(tenantId, names);
    return `n${names}`;
  }

  /** A process of its own, with all the time that it needs unless `how` says otherwise. */
  search(how: Partial<HistorySearchParts> = {}): HistorySearch {
    return new HistorySearch({
      turns: this.store,
      clock: this.clock,
      timer: stoppedTimer,
      deadlineMs: 300,
      turnsKeptForMs: keptForMs,
      mostBytes: 10_000_000,
      idleMs: 60_000,
      inBackground: (work) => this.background.push(work),
      onFailure: (_, error) => this.failures.push(error),
      ...how,
    });
  }

  async say(key: SessionKey, messages: readonly TurnMessage[]): Promise<string> {
    const claim = await this.#claim(key);
    await this.store.append(claim, messages);
    return claim.turnId;
  }

  /** As a turn opens its session when it reads so many of the newest turns; what it claims is given up again. */
  async open(key: SessionKey, turnsRead: number): Promise<OpenSession> {
    const claim = await this.#claim(key);
    const bound = { ...historyBound, mostTurns: turnsRead };
    const past = await this.store.historyBefore(key, claim.sequence, bound);
    await this.store.release(claim);
    const turns = [...past.turns].reverse();
    return {
      claim,
      turns,
      measures: recallCounts(past.turns),
      earlierTurns: turnsBeforeRead(past),
      summary: undefined,
      sessionOnly: false,
      stopRenewing: () => {},
    };
  }

  async #claim(key: SessionKey) {
    const claim = await this.store.claim(key, this.newName(key.tenantId), this.clock.now() + leaseMs);
    if ("refused" in claim) {
      throw new Error(claim.refused.message);
    }
    return claim;
  }
}

export const requestId = "request" as RequestId;
export const counter = createTokenCounter({ factor: 1.15 });

export function finder({ parts }: SearchableHistory, nowMs?: number): Retrieve {
  return retrieveRelevant(parts, counter, nowMs);
}

export function says(text: string, answer = "I see."): TurnMessage[] {
  return [
    { role: "user", content: [{ text }] },
    { role: "assistant", content: [{ text: answer }] },
  ];
}
