/** Closes a tenant's month: its bill stands from then on, and what comes late is an adjustment. */
import type { Clock, Tenant } from "@caprock/domain";
import type { AccountStore } from "../account-store.ts";
import { closesAtMs } from "../adjustments/billed-month.ts";
import { monthlyCap } from "../limits.ts";
import { monthWindow } from "../windows.ts";
import type { ClosedMonth, ClosedMonthStore } from "./closed-month-store.ts";
import { type MonthFiguresParts, monthFigures } from "./month-figures.ts";

export interface CloseMonthParts extends MonthFiguresParts {
  readonly accounts: Pick<AccountStore, "read">;
  readonly closedMonths: ClosedMonthStore;
  readonly clock: Clock;
  /** How long after its end a month can be closed at the earliest. */
  readonly closeAfterMs: number;
}

/** Why a month cannot be closed: it is not over long enough, or calls of it hold money yet. */
export interface StillOpen {
  readonly stillOpen: "time" | "calls";
}

/**
 * Closes the month "2026-11" of the tenant's time zone, or tells why it cannot. Of several at once one record
 * stands, and all are given that one; a closed month is not counted again.
 *
 * Open holds are looked at before the entries are read: an entry is written while its call still holds money on the
 * month's account, so that with nothing held every entry is there, and nothing holds money in a month that is over.
 * The same goes for estimates: one that the log may correct keeps its hold. Those that are left stand, since a log that
 * never shows a call would keep the month open for good; `ClosedMonthLedger` posts a late truth as an adjustment.
 */
export async function closeMonth(
  tenant: Tenant,
  month: string,
  parts: CloseMonthParts,
): Promise<ClosedMonth | StillOpen> {
  const { accounts, closedMonths, clock, closeAfterMs } = parts;
  const standing = await closedMonths.find(tenant.id, month);
  if (standing) {
    return standing;
  }
  const window = monthWindow(month, tenant.timeZone);
  if (clock.now() < closesAtMs(window, closeAfterMs)) {
    return { stillOpen: "time" };
  }
  const account = await accounts.read(monthlyCap(tenant, window.startMs).accountId);
  if (account && account.holds.length + account.grants.length > 0) {
    return { stillOpen: "calls" };
  }
  return closedMonths.close({
    tenantId: tenant.id,
    month,
    timeZone: tenant.timeZone,
    startMs: window.startMs,
    endMs: window.endMs,
    closedAtMs: clock.now(),
    ...(await monthFigures(tenant.id, window, parts)),
  });
}
