/** Everything the pages read from the admin API. */
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useClient } from "../session/session.tsx";

export const refreshIntervalMs = 10_000;

/** Names of what was read, for refreshing after a change. */
export const queryKeys = {
  usage: ["usage"],
  tenants: ["tenants"],
  apiKeys: (tenantId: string) => ["apiKeys", tenantId],
  ledger: (tenantId: string) => ["ledger", tenantId],
  limits: (tenantId: string) => ["limits", tenantId],
  audit: (owner: string) => ["audit", owner],
  alertRules: (owner: string) => ["alertRules", owner],
  adjustments: (tenantId: string) => ["adjustments", tenantId],
  platformLimits: ["platformLimits"],
  reconciliations: ["reconciliations"],
} as const;

/**
 * The usage of a month; of the running one when none is named. In each tenant's own time zone unless one is named.
 * Refreshes by itself.
 */
export function useUsage(month: string | undefined, timeZone?: string) {
  const client = useClient();
  return useQuery({
    queryKey: [...queryKeys.usage, month ?? "running", timeZone ?? "own"],
    queryFn: () => client.usageSummary({ query: { month, timeZone } }),
    refetchInterval: refreshIntervalMs,
    placeholderData: keepPreviousData,
  });
}

/** All tenants, by name. Refreshes by itself. */
export function useTenants() {
  const client = useClient();
  return useQuery({
    queryKey: queryKeys.tenants,
    queryFn: () => client.listTenants({}),
    refetchInterval: refreshIntervalMs,
    select: ({ tenants }) => tenants,
  });
}

export function useApiKeys(tenantId: string) {
  const client = useClient();
  return useQuery({
    queryKey: queryKeys.apiKeys(tenantId),
    queryFn: () => client.listApiKeys({ params: { tenantId } }),
    select: ({ keys }) => keys,
  });
}

/** One page of a tenant's ledger; `after` is the `next` of the page before. */
export function useLedgerPage(
  tenantId: string,
  page: { month: string | undefined; after: string | undefined; limit: number },
) {
  const client = useClient();
  return useQuery({
    queryKey: [...queryKeys.ledger(tenantId), page],
    queryFn: () => client.listLedger({ params: { tenantId }, query: page }),
    refetchInterval: refreshIntervalMs,
    placeholderData: keepPreviousData,
  });
}
