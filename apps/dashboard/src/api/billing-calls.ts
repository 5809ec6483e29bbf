/** What changes a bill after its calls were entered: pricing a month again, and the adjustments that come of it. */
import type { AdminClient } from "@caprock/contract";
import { notifications } from "@mantine/notifications";
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useClient } from "../session/session.tsx";
import { refresh } from "./changes.ts";
import { queryKeys } from "./queries.ts";

type RerateBody = Parameters<AdminClient["rerate"]>[0]["body"];

/** One page of the adjustments in a month's bill. */
export function useAdjustments(
  tenantId: string,
  page: { month: string; after: string | undefined; limit: number },
) {
  const client = useClient();
  return useQuery({
    queryKey: [...queryKeys.adjustments(tenantId), page],
    queryFn: () => client.listAdjustments({ params: { tenantId }, query: page }),
    placeholderData: keepPreviousData,
  });
}

/** Prices a month again; a dry run tells the sums and posts nothing. */
export function useRerate(tenantId: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: RerateBody & { readonly dryRun: boolean }) =>
      client.rerate({ params: { tenantId }, body }),
    onSuccess: ({ dryRun, adjusted }) => {
      if (!dryRun) {
        notifications.show({ message: `${adjusted} calls were adjusted.` });
        void refresh(
          queries,
          queryKeys.adjustments(tenantId),
          queryKeys.usage,
          ["closedMonths", tenantId],
          queryKeys.audit(tenantId),
        );
      }
    },
  });
}
