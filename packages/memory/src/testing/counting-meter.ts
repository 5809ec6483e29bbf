/** For tests: a meter that counts events, with a budget, and with bills that are lost when a test says so. */
import type { EventBill, EventMeter } from "../long-term/event-meter.ts";

export class CountingMeter implements EventMeter {
  /** Events of each bill that was charged. */
  readonly charged = new Map<string, number>();
  /** Events of each bill that is held for. */
  readonly held = new Map<string, number>();
  budget: number;
  readonly #lost = new Set<string>();
  #bills = 0;

  constructor(budget = Number.POSITIVE_INFINITY) {
    this.budget = budget;
  }

  async hold(_tenantId: string, events: number): Promise<EventBill | undefined> {
    if (this.used + sumOf(this.held) + events > this.budget) {
      return undefined;
    }
    this.#bills += 1;
    const billId = `bill-${this.#bills}`;
    this.held.set(billId, events);
    return {
      billId,
      settle: async () => {
        this.#record(billId, events);
        this.held.delete(billId);
      },
      release: async () => void this.held.delete(billId),
    };
  }

  async charge(_tenantId: string, billId: string, events: number): Promise<void> {
    this.#record(billId, events);
  }

  async isLost(_tenantId: string, billId: string): Promise<boolean> {
    return this.#lost.has(billId) && !this.charged.has(billId);
  }

  /** Time passes: whoever held and did not settle is dead. A bill that was charged is settled, another's hold given back. */
  expire(): void {
    for (const billId of this.held.keys()) {
      this.#lost.add(billId);
      this.held.delete(billId);
    }
  }

  /** Events that were charged. */
  get used(): number {
    return sumOf(this.charged);
  }

  #record(billId: string, events: number): void {
    if (!this.charged.has(billId)) {
      this.charged.set(billId, events);
    }
  }
}

function sumOf(bills: ReadonlyMap<string, number>): number {
  return [...bills.values()].reduce((sum, events) => sum + events, 0);
}
