/** What watches over the money: audit log, alerts, reconciliations, metrics, closed months. */
import type { AdminClient, AlertRulesView } from "@caprock/contract";
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useClient } from "../session/session.tsx";
import { refresh } from "./changes.ts";
import { queryKeys, refreshIntervalMs } from "./queries.ts";

type NewReconciliation = Parameters<AdminClient["requestReconciliation"]>[0]["body"];

/** One page of what admins did to a tenant, or to the "platform". */
export function useAuditPage(owner: string, page: { before: number | undefined; limit: number }) {
  const client = useClient();
  return useQuery({
    queryKey: [...queryKeys.audit(owner), page],
    queryFn: () =>
      owner === "platform"
        ? client.listPlatformAudit({ query: page })
        : client.listAudit({ params: { tenantId: owner }, query: page }),
    placeholderData: keepPreviousData,
  });
}

/** Has the API check every entry of the audit log against the one before it. */
export function useAuditReport(owner: string) {
  const client = useClient();
  return useQuery({
    queryKey: [...queryKeys.audit(owner), "verify"],
    queryFn: () =>
      owner === "platform"
        ? client.verifyPlatformAudit({})
        : client.verifyAudit({ params: { tenantId: owner } }),
  });
}

/** One page of alerts of a tenant, of the "platform", or of everyone. */
export function useAlerts(owner: string | undefined, page: { after: string | undefined; limit: number }) {
  const client = useClient();
  return useQuery({
    queryKey: ["alerts", owner ?? "all", page],
    queryFn: () => client.listAlerts({ query: { owner, ...page } }),
    refetchInterval: refreshIntervalMs,
    placeholderData: keepPreviousData,
  });
}

/** By which rules alerts of a tenant, or of the "platform", are raised. */
export function useAlertRules(owner: string) {
  const client = useClient();
  return useQuery({
    queryKey: queryKeys.alertRules(owner),
    queryFn: () =>
      owner === "platform"
        ? client.readPlatformAlertRules({})
        : client.readAlertRules({ params: { tenantId: owner } }),
  });
}

export function useReplaceAlertRules(owner: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Omit<AlertRulesView, "own">) =>
      owner === "platform"
        ? client.replacePlatformAlertRules({ body })
        : client.replaceAlertRules({ params: { tenantId: owner }, body }),
    onSuccess: () => {
      notifications.show({ message: "The alert rules were changed." });
      return refresh(queries, queryKeys.alertRules(owner), queryKeys.audit(owner));
    },
  });
}

export function useReconciliations(page: { after: string | undefined; limit: number }) {
  const client = useClient();
  return useQuery({
    queryKey: [...queryKeys.reconciliations, page],
    queryFn: () => client.listReconciliations({ query: page }),
    refetchInterval: refreshIntervalMs,
    placeholderData: keepPreviousData,
  });
}

export function useRequestReconciliation() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewReconciliation) => client.requestReconciliation({ body }),
    onSuccess: () => {
      notifications.show({ message: "The range will be reconciled within a few minutes." });
      return refresh(queries, queryKeys.reconciliations);
    },
  });
}

/** The metrics policy; `assumed` counts other numbers of tenants and models than there are. */
export function useMetricsPolicy(assumed: { tenants: number | undefined; models: number | undefined }) {
  const client = useClient();
  return useQuery({
    queryKey: ["metricsPolicy", assumed],
    queryFn: () => client.readMetricsPolicy({ query: assumed }),
    placeholderData: keepPreviousData,
  });
}

export function useClosedMonths(tenantId: string) {
  const client = useClient();
  return useQuery({
    queryKey: ["closedMonths", tenantId],
    queryFn: () => client.listClosedMonths({ params: { tenantId } }),
    select: ({ closedMonths }) => closedMonths,
  });
}
