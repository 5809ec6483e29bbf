/** A tenant's API keys: list, create, revoke. */
import type { ApiKeyView, TenantView } from "@caprock/contract";
import { Badge, Box, Button, Group, ScrollArea, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useRevokeApiKey } from "../api/changes.ts";
import { useApiKeys } from "../api/queries.ts";
import { formatDayAndTime } from "../format/time.ts";
import { Blank } from "../ui/blank.tsx";
import { Confirmation } from "../ui/confirmation.tsx";
import { Copyable } from "../ui/copyable.tsx";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { NewApiKeyWindow } from "./new-api-key-window.tsx";

export function ApiKeysPanel({ tenant }: { tenant: TenantView }) {
  const keys = useApiKeys(tenant.id);
  const revoke = useRevokeApiKey(tenant.id);
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<ApiKeyView>();
  const closeRevoking = () => {
    revoke.reset();
    setRevoking(undefined);
  };
  const create = (
    <Button size="xs" variant="light" leftSection={<IconPlus size={14} />} onClick={() => setCreating(true)}>
      Create key
    </Button>
  );
  return (
    <>
      {keys.isError && (
        <Box p="md">
          <FailureNotice error={keys.error} retry={keys.refetch} />
        </Box>
      )}
      {keys.isPending && (
        <Stack p="md">
          <Skeleton h={32} />
          <Skeleton h={32} />
        </Stack>
      )}
      {keys.data?.length === 0 && (
        <Blank icon={IconKey} title="No API keys" hint="Without a key this tenant cannot call anything.">
          {create}
        </Blank>
      )}
      {keys.data !== undefined && keys.data.length > 0 && (
        <>
          <Group justify="space-between" px="md" py="sm">
            <Text c="dimmed" fz="sm">
              A key is shown once, when it is created. Caprock stores only its hash.
            </Text>
            {create}
          </Group>
          <ScrollArea type="auto">
            <Table aria-label="API keys" miw={720}>
              <Table.Thead className="table-head">
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>Key id</Table.Th>
                  <Table.Th>Created</Table.Th>
                  <Table.Th>Status</Table.Th>
                  <Table.Th aria-label="Actions" />
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {keys.data.map((key) => (
                  <KeyRow key={key.id} apiKey={key} onRevoke={() => setRevoking(key)} />
                ))}
              </Table.Tbody>
            </Table>
          </ScrollArea>
        </>
      )}
      <NewApiKeyWindow tenant={tenant} opened={creating} onClose={() => setCreating(false)} />
      <Confirmation
        opened={revoking !== undefined}
        title={`Revoke the key “${revoking?.name ?? ""}”?`}
        action="Revoke key"
        busy={revoke.isPending}
        error={revoke.error}
        onClose={closeRevoking}
        onConfirm={() => revoking && revoke.mutate(revoking.id, { onSuccess: closeRevoking })}
      >
        Whoever still calls with it is refused from that moment on. This cannot be undone; create the new key
        first.
      </Confirmation>
    </>
  );
}

function KeyRow({ apiKey, onRevoke }: { apiKey: ApiKeyView; onRevoke: () => void }) {
  const revoked = apiKey.revokedAt !== undefined;
  return (
    <Table.Tr c={revoked ? "dimmed" : undefined}>
      <Table.Td fw={500}>{apiKey.name}</Table.Td>
      <Table.Td>
        <Copyable value={apiKey.id} what="key id" />
      </Table.Td>
      <Table.Td className="numbers">{formatDayAndTime(apiKey.createdAt)}</Table.Td>
      <Table.Td>
        {apiKey.revokedAt === undefined ? (
          <Badge color="teal" variant="dot">
            Active
          </Badge>
        ) : (
          <Badge color="gray" variant="dot">
            Revoked {formatDayAndTime(apiKey.revokedAt)}
          </Badge>
        )}
      </Table.Td>
      <Table.Td ta="right">
        {!revoked && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="red"
            aria-label={`Revoke ${apiKey.name}`}
            onClick={onRevoke}
          >
            Revoke
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}
