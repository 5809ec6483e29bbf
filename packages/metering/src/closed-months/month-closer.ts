/** Closes the months that are due, tenant by tenant, without looking at every tenant in every round. */
import type { Tenant, TenantId } from "@caprock/domain";
import { closesAtMs } from "../adjustments/billed-month.ts";
import { type Window, windowAt } from "../windows.ts";
import { type CloseMonthParts, closeMonth, type StillOpen } from "./close-month.ts";
import type { ClosedMonth } from "./closed-month-store.ts";

export interface MonthCloserParts extends CloseMonthParts {
  readonly tenants: () => Promise<readonly Tenant[]>;
  /** Told of what failed; the other tenants are looked at, and an hour later it is tried again. */
  readonly onFailure: (what: string, error: unknown) => void;
  /** Told, at each look, of a month that is due and cannot be closed: it keeps the tenant's later ones open. */
  readonly onStillOpen: (tenantId: TenantId, month: string, why: StillOpen["stillOpen"]) => void;
}

/** Months take hours to become due, so looking more often finds nothing. */
const betweenLooksMs = 3_600_000;

export class MonthCloser {
  private readonly parts: MonthCloserParts;
  private readonly nextMonths = new Map<TenantId, Window>();
  private nextLookMs = 0;

  constructor(parts: MonthCloserParts) {
    this.parts = parts;
  }

  /**
   * Closes every month that is due, oldest first, from the one in which a tenant was made; a month that is still
   * open keeps the later ones of its tenant open. Looks at most once an hour. Never throws.
   */
  async closeDue(): Promise<readonly ClosedMonth[]> {
    const nowMs = this.parts.clock.now();
    if (nowMs < this.nextLookMs) {
      return [];
    }
    this.nextLookMs = nowMs + betweenLooksMs;
    const closed: ClosedMonth[] = [];
    const tenants = await this.attempt("listing tenants", () => this.parts.tenants());
    for (const tenant of tenants ?? []) {
      const own = await this.attempt(`closing a month of ${tenant.id}`, () => this.closeDueOf(tenant, nowMs));
      closed.push(...(own ?? []));
    }
    return closed;
  }

  private async attempt<Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.parts.onFailure(what, error);
      return undefined;
    }
  }

  private async closeDueOf(tenant: Tenant, nowMs: number): Promise<readonly ClosedMonth[]> {
    const closed: ClosedMonth[] = [];
    let month = this.nextMonths.get(tenant.id) ?? (await this.firstOpenMonth(tenant));
    while (closesAtMs(month, this.parts.closeAfterMs) <= nowMs) {
      const outcome = await closeMonth(tenant, month.label, this.parts);
      if ("stillOpen" in outcome) {
        this.parts.onStillOpen(tenant.id, month.label, outcome.stillOpen);
        break;
      }
      closed.push(outcome);
      month = windowAt("month", month.endMs, tenant.timeZone);
    }
    this.nextMonths.set(tenant.id, month);
    return closed;
  }

  private async firstOpenMonth({ id, createdAtMs, timeZone }: Tenant): Promise<Window> {
    for await (const { endMs } of this.parts.closedMonths.list(id)) {
      return windowAt("month", endMs, timeZone);
    }
    return windowAt("month", createdAtMs, timeZone);
  }
}
