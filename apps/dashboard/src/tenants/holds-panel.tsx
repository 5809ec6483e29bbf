/** What is set aside for a tenant's calls, and giving back what no log can resolve. */
import type { HoldView } from "@caprock/contract";
import { Badge, Button, Table, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconLockOpen } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { refresh } from "../api/changes.ts";
import { queryKeys, refreshIntervalMs } from "../api/queries.ts";
import { formatMinute } from "../format/time.ts";
import { amountText, boundText } from "../limits/amount.ts";
import { useClient } from "../session/session.tsx";
import { Blank } from "../ui/blank.tsx";
import { Confirmation } from "../ui/confirmation.tsx";
import { DataTable, figures, unseen } from "../ui/data-table.tsx";
import { Reading } from "../ui/reading.tsx";

const holdsKey = (tenantId: string) => ["holds", tenantId];

function useHolds(tenantId: string) {
  const client = useClient();
  return useQuery({
    queryKey: holdsKey(tenantId),
    queryFn: () => client.listHolds({ params: { tenantId } }),
    refetchInterval: refreshIntervalMs,
    select: ({ holds }) => holds,
  });
}

function useReleaseHold(tenantId: string) {
  const client = useClient();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (requestId: string) => client.releaseHold({ params: { tenantId, requestId } }),
    onSuccess: () => {
      notifications.show({ message: "The hold was given back." });
      return refresh(
        queries,
        holdsKey(tenantId),
        queryKeys.usage,
        queryKeys.limits(tenantId),
        queryKeys.audit(tenantId),
      );
    },
  });
}

export function HoldsPanel({ tenantId }: { tenantId: string }) {
  const holds = useHolds(tenantId);
  const release = useReleaseHold(tenantId);
  const [releasing, setReleasing] = useState<string>();
  const close = () => {
    release.reset();
    setReleasing(undefined);
  };
  return (
    <>
      <Reading of={holds}>
        {(all) =>
          all.length === 0 ? (
            <Blank
              icon={IconLockOpen}
              title="Nothing is held"
              hint="What calls in flight may cost is set aside on each limit that binds them, until they settle."
            />
          ) : (
            <DataTable
              aria-label="Holds"
              miw={780}
              headings={["Request", "Held on", figures("Amount"), "Expires", "State", unseen("Actions")]}
            >
              <Table.Tbody>
                {all.map((hold) => (
                  <HoldRow key={rowKeyOf(hold)} hold={hold} onRelease={() => setReleasing(hold.requestId)} />
                ))}
              </Table.Tbody>
            </DataTable>
          )
        }
      </Reading>
      <Confirmation
        opened={releasing !== undefined}
        title="Give this hold back?"
        action="Give back"
        busy={release.isPending}
        error={release.error}
        onClose={close}
        onConfirm={() => releasing && release.mutate(releasing, { onSuccess: close })}
      >
        On every limit that holds for the request, unbilled. Only for a call that is known not to have run; it
        stands in the audit log.
      </Confirmation>
    </>
  );
}

function HoldRow({ hold, onRelease }: { hold: HoldView; onRelease: () => void }) {
  const { requestId, unit, amount, window, expiresAt, state } = hold;
  return (
    <Table.Tr>
      <Table.Td>
        <Text ff="monospace" fz="xs">
          {requestId}
        </Text>
      </Table.Td>
      <Table.Td>
        {boundText(hold)}
        {window && `, ${window.kind} ${window.label}`}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {amountText(unit, amount)}
      </Table.Td>
      <Table.Td className="numbers">{formatMinute(expiresAt)}</Table.Td>
      <Table.Td>
        <Badge variant="light" color={state === "unresolved" ? "orange" : "gray"}>
          {state}
        </Badge>
      </Table.Td>
      <Table.Td ta="right">
        {state === "unresolved" && (
          <Button size="compact-xs" variant="subtle" color="red" onClick={onRelease}>
            Give back
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function rowKeyOf({ requestId, scope, of: part, unit, window }: HoldView): string {
  return [requestId, scope, part, unit, window?.kind, window?.label].join(" ");
}
