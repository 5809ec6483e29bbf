/** Port: closed months, the bills that do not change any more. */
import type { NanoUsd, TenantId, TokenUsage } from "@caprock/domain";

/** What the ledger holds of a month. */
export interface MonthFigures {
  readonly entries: number;
  readonly listCostNanoUsd: NanoUsd;
  readonly costNanoUsd: NanoUsd;
  readonly usage: TokenUsage;
  /** Of the entries in order of arrival, each as canonical JSON and a line feed; hex. */
  readonly entriesSha256: string;
  /** Adjustments that count in the month's bill, and their sum. */
  readonly adjustments: number;
  readonly adjustmentsNanoUsd: NanoUsd;
}

/** The bill is the cost of the entries and the sum of the adjustments. */
export interface ClosedMonth extends MonthFigures {
  readonly tenantId: TenantId;
  /** "2026-11", of the time zone. */
  readonly month: string;
  readonly timeZone: string;
  readonly startMs: number;
  /** The first instant after it. */
  readonly endMs: number;
  readonly closedAtMs: number;
}

export interface ClosedMonthStore {
  /** Writes the record unless the month has one. The record that stands is returned. */
  close(closed: ClosedMonth): Promise<ClosedMonth>;
  find(tenantId: TenantId, month: string): Promise<ClosedMonth | undefined>;
  /** A tenant's closed months, the newest first. */
  list(tenantId: TenantId): AsyncIterable<ClosedMonth>;
}
