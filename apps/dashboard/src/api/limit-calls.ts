/** Limits and overrides: what the pages read of them and change. */
import type { AdminClient, TenantView } from "@caprock/contract";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useClient } from "../session/session.tsx";
import { refresh } from "./changes.ts";
import { queryKeys, refreshIntervalMs } from "./queries.ts";

/** Whose limits they are: a tenant's, or the platform's. */
export type LimitOwner = TenantView | "platform";

type NewOverride = Parameters<AdminClient["addOverride"]>[0]["body"];
export type NewRules = Parameters<AdminClient["replacePlatformLimits"]>[0]["body"]["rules"];

/** How every limit stands that binds the tenant's calls; with a key, those of its application and itself too. */
export function useStandings(tenantId: string, part: { apiKeyId?: string | undefined }) {
  const client = useClient();
  return useQuery({
    queryKey: [...queryKeys.limits(tenantId), part],
    queryFn: () => client.listLimits({ params: { tenantId }, query: part }),
    refetchInterval: refreshIntervalMs,
    select: ({ limits }) => limits,
  });
}

export function usePlatformLimits() {
  const client = useClient();
  return useQuery({
    queryKey: queryKeys.platformLimits,
    queryFn: () => client.readPlatformLimits({}),
    refetchInterval: refreshIntervalMs,
  });
}

/** Replaces all rules of the owner; refused when someone else has changed them since `version` was read. */
export function useReplaceRules(owner: LimitOwner) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ rules, version }: { rules: NewRules; version: number }) => {
      if (owner === "platform") {
        const { timeZone } = await client.readPlatformLimits({});
        return void (await client.replacePlatformLimits({ body: { rules, version, timeZone } }));
      }
      return void (await client.updateTenant({ params: { tenantId: owner.id }, body: { rules, version } }));
    },
    onSuccess: () => {
      notifications.show({ message: "The limits were changed." });
      return refreshLimits(queries, owner);
    },
  });
}

export function useAddOverride(owner: LimitOwner) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewOverride) =>
      owner === "platform"
        ? client.addPlatformOverride({ body })
        : client.addOverride({ params: { tenantId: owner.id }, body }),
    onSuccess: ({ limitId }) => {
      notifications.show({ message: `${limitId} is overridden.` });
      return refreshLimits(queries, owner);
    },
  });
}

export function useEndOverride(owner: LimitOwner) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (overrideId: string) =>
      owner === "platform"
        ? client.endPlatformOverride({ params: { overrideId } })
        : client.endOverride({ params: { tenantId: owner.id, overrideId } }),
    onSuccess: ({ limitId }) => {
      notifications.show({ message: `The override of ${limitId} has ended.` });
      return refreshLimits(queries, owner);
    },
  });
}

function refreshLimits(queries: ReturnType<typeof useQueryClient>, owner: LimitOwner) {
  return owner === "platform"
    ? refresh(queries, queryKeys.platformLimits, ["limits"], queryKeys.audit("platform"))
    : refresh(
        queries,
        queryKeys.tenants,
        queryKeys.usage,
        queryKeys.limits(owner.id),
        queryKeys.audit(owner.id),
      );
}
