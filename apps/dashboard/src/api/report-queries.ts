/** Everything the pages read about usage over time: reports, movers, forecasts. */
import type { AdminClient } from "@caprock/contract";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useClient } from "../session/session.tsx";
import { refreshIntervalMs } from "./queries.ts";

type Query<Name extends "usageReport" | "movers" | "usageCsv"> = NonNullable<
  Parameters<AdminClient[Name]>[0]["query"]
>;
export type ReportQuery = Query<"usageReport">;
export type MoversQuery = Query<"movers">;

/** What reads weeks of the ledger is not asked for every few seconds. */
const slowRefreshMs = 60_000;

export function useUsageReport(query: ReportQuery) {
  const client = useClient();
  return useQuery({
    queryKey: ["report", query],
    queryFn: () => client.usageReport({ query }),
    refetchInterval: refreshIntervalMs,
    placeholderData: keepPreviousData,
  });
}

/** The same report from the ledger, to set one from CloudWatch against; not asked for unless `wanted`. */
export function useLedgerTotals(query: ReportQuery, wanted: boolean) {
  const client = useClient();
  return useQuery({
    queryKey: ["report", { ...query, source: "ledger" }],
    queryFn: () => client.usageReport({ query: { ...query, source: "ledger" } }),
    refetchInterval: refreshIntervalMs,
    enabled: wanted,
    select: ({ totals }) => totals,
  });
}

export function useMovers(query: MoversQuery) {
  const client = useClient();
  return useQuery({
    queryKey: ["movers", query],
    queryFn: () => client.movers({ query }),
    refetchInterval: slowRefreshMs,
    placeholderData: keepPreviousData,
  });
}

/** The outlook of every tenant, or of one. */
export function useForecasts(tenant?: string) {
  const client = useClient();
  return useQuery({
    queryKey: ["forecasts", tenant ?? "all"],
    queryFn: () => client.forecast({ query: { tenant } }),
    refetchInterval: slowRefreshMs,
    select: ({ forecasts }) => forecasts,
  });
}
