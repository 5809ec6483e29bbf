/** For tests: reports summed from entries by the platform's own calendar, apart from the code that makes them. */
import { addUsage, noTokens, type TokenUsage } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";
import type { UsageDimension } from "../reports/query-usage.ts";

export interface ReferenceRow {
  readonly group: Readonly<Record<string, string>>;
  readonly requests: number;
  readonly tokens: TokenUsage;
  readonly listCostNanoUsd: bigint;
  readonly costNanoUsd: bigint;
  readonly estimatedRequests: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat("en-US", {
      timeZone,
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      timeZoneName: "longOffset",
    });
  formats.set(timeZone, format);
  return format;
}

/** The day, and the hour with its offset, that an instant falls into. */
function calendarOf(atMs: number, timeZone: string): { readonly day: string; readonly hour: string } {
  const parts = Object.fromEntries(
    formatIn(timeZone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const day = `${parts.year}-${parts.month}-${parts.day}`;
  const offset = (parts.timeZoneName ?? "").replace("GMT", "") || "+00:00";
  return { day, hour: `${day}T${parts.hour}:00${offset}` };
}

/** What entries come to by the dimensions; in no order. */
export function referenceReport(
  entries: readonly LedgerEntry[],
  groupBy: readonly UsageDimension[],
  timeZone: string,
): ReferenceRow[] {
  const rows = new Map<string, ReferenceRow>();
  for (const entry of entries) {
    const values: Record<UsageDimension, string> = {
      tenant: entry.tenantId,
      application: entry.application,
      key: entry.apiKeyId,
      model: entry.modelId,
      tier: entry.serviceTier,
      status: entry.status,
      wire: entry.wire,
      ...calendarOf(entry.arrivedAtMs, timeZone),
    };
    const group = Object.fromEntries(groupBy.map((dimension) => [dimension, values[dimension]]));
    const key = JSON.stringify(group);
    const sum = rows.get(key);
    rows.set(key, {
      group,
      requests: (sum?.requests ?? 0) + 1,
      tokens: addUsage(sum?.tokens ?? noTokens, entry.usage),
      listCostNanoUsd: (sum?.listCostNanoUsd ?? 0n) + entry.listCostNanoUsd,
      costNanoUsd: (sum?.costNanoUsd ?? 0n) + entry.costNanoUsd,
      estimatedRequests: (sum?.estimatedRequests ?? 0) + (entry.estimated ? 1 : 0),
    });
  }
  return [...rows.values()];
}
