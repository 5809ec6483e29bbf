/** A tenant's API keys: list, create, rotate, rename, revoke. */
import type { ApiKeyView, TenantView } from "@caprock/contract";
import { Button, Group, Table, Text } from "@mantine/core";
import { IconKey, IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useRevokeApiKey } from "../api/changes.ts";
import { useApiKeys } from "../api/queries.ts";
import { Blank } from "../ui/blank.tsx";
import { Confirmation } from "../ui/confirmation.tsx";
import { DataTable, unseen } from "../ui/data-table.tsx";
import { Reading } from "../ui/reading.tsx";
import { ApiKeyRow } from "./api-key-row.tsx";
import { EditApiKeyWindow } from "./edit-api-key-window.tsx";
import { NewApiKeyWindow } from "./new-api-key-window.tsx";
import { RotateApiKeyWindow } from "./rotate-api-key-window.tsx";

type Opened = { readonly window: "edit" | "rotate" | "revoke"; readonly key: ApiKeyView };

export function ApiKeysPanel({ tenant }: { tenant: TenantView }) {
  const keys = useApiKeys(tenant.id);
  const revoke = useRevokeApiKey(tenant.id);
  const [creating, setCreating] = useState(false);
  const [opened, setOpened] = useState<Opened>();
  const close = () => {
    revoke.reset();
    setOpened(undefined);
  };
  const keyOf = (window: Opened["window"]) => (opened?.window === window ? opened.key : undefined);
  const applications = [...new Set(keys.data?.map(({ application }) => application))];
  const create = (
    <Button size="xs" variant="light" leftSection={<IconPlus size={14} />} onClick={() => setCreating(true)}>
      Create key
    </Button>
  );
  return (
    <>
      <Reading of={keys}>
        {(all) =>
          all.length === 0 ? (
            <Blank icon={IconKey} title="No API keys" hint="Without a key this tenant cannot call anything.">
              {create}
            </Blank>
          ) : (
            <>
              <Group justify="space-between" px="md" py="sm">
                <Text c="dimmed" fz="sm">
                  A key is shown once, when it is made. Caprock stores only its hash.
                </Text>
                {create}
              </Group>
              <DataTable
                aria-label="API keys"
                miw={860}
                headings={["Name", "Application", "Key id", "Created", "Status", unseen("Actions")]}
              >
                <Table.Tbody>
                  {all.map((key) => (
                    <ApiKeyRow key={key.id} apiKey={key} onOpen={(window) => setOpened({ window, key })} />
                  ))}
                </Table.Tbody>
              </DataTable>
            </>
          )
        }
      </Reading>
      <NewApiKeyWindow
        tenant={tenant}
        applications={applications}
        opened={creating}
        onClose={() => setCreating(false)}
      />
      <EditApiKeyWindow apiKey={keyOf("edit")} applications={applications} onClose={close} />
      <RotateApiKeyWindow apiKey={keyOf("rotate")} onClose={close} />
      <Confirmation
        opened={opened?.window === "revoke"}
        title={`Revoke the key “${opened?.key.name ?? ""}”?`}
        action="Revoke key"
        busy={revoke.isPending}
        error={revoke.error}
        onClose={close}
        onConfirm={() => opened && revoke.mutate(opened.key.id, { onSuccess: close })}
      >
        Whoever still calls with it is refused from that moment on. This cannot be undone. To change only the
        secret, rotate the key.
      </Confirmation>
    </>
  );
}
