/** Everything the pages change through the admin API. */
import type { AdminClient, TenantView } from "@caprock/contract";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useClient } from "../session/session.tsx";
import { queryKeys } from "./queries.ts";

type NewTenant = Parameters<AdminClient["createTenant"]>[0]["body"];
type NewApiKey = Parameters<AdminClient["createApiKey"]>[0]["body"];
type ApiKeyChange = Parameters<AdminClient["updateApiKey"]>[0]["body"];
type TenantChange = Parameters<AdminClient["updateTenant"]>[0]["body"];

export function useCreateTenant() {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewTenant) => client.createTenant({ body }),
    onSuccess: (tenant) => {
      notifications.show({ message: `${tenant.name} was created.` });
      // Waited for: the page that opens next finds the tenant in the list.
      return refresh(queries, queryKeys.tenants, queryKeys.usage);
    },
  });
}

/** Changes a tenant. `done` says what happened, for example "was suspended". */
export function useUpdateTenant(tenant: TenantView) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ body }: { body: TenantChange; done: string }) =>
      client.updateTenant({ params: { tenantId: tenant.id }, body }),
    onSuccess: (changed, { done }) => {
      notifications.show({ message: `${changed.name} ${done}.` });
      // Not waited for: the window closes first, and does not change its words while it is still open.
      void refresh(
        queries,
        queryKeys.tenants,
        queryKeys.usage,
        queryKeys.limits(tenant.id),
        queryKeys.audit(tenant.id),
      );
    },
  });
}

export function useCreateApiKey(tenantId: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: NewApiKey) => client.createApiKey({ params: { tenantId }, body }),
    onSuccess: () => refresh(queries, queryKeys.apiKeys(tenantId), queryKeys.audit(tenantId)),
    // The answer holds the key itself: nothing keeps it once the window that shows it is closed.
    gcTime: 0,
  });
}

/** Gives a key another secret; as with a new key, the answer is the only place that has it. */
export function useRotateApiKey(tenantId: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ apiKeyId, graceSeconds }: { apiKeyId: string; graceSeconds: number }) =>
      client.rotateApiKey({ params: { tenantId, apiKeyId }, body: { graceSeconds } }),
    onSuccess: () => refresh(queries, queryKeys.apiKeys(tenantId), queryKeys.audit(tenantId)),
    gcTime: 0,
  });
}

export function useUpdateApiKey(tenantId: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ apiKeyId, body }: { apiKeyId: string; body: ApiKeyChange }) =>
      client.updateApiKey({ params: { tenantId, apiKeyId }, body }),
    onSuccess: (key) => {
      notifications.show({ message: `The key "${key.name}" was changed.` });
      return refresh(queries, queryKeys.apiKeys(tenantId), queryKeys.audit(tenantId));
    },
  });
}

export function useRevokeApiKey(tenantId: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (apiKeyId: string) => client.revokeApiKey({ params: { tenantId, apiKeyId } }),
    onSuccess: (key) => {
      notifications.show({ message: `The key "${key.name}" was revoked.` });
      return refresh(queries, queryKeys.apiKeys(tenantId), queryKeys.audit(tenantId));
    },
  });
}

/** Reads again what a change has touched. */
export function refresh(
  queries: ReturnType<typeof useQueryClient>,
  ...keys: (readonly string[])[]
): Promise<unknown> {
  return Promise.all(keys.map((queryKey) => queries.invalidateQueries({ queryKey })));
}
