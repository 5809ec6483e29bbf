/** Creates an API key and shows it, this once. */
import type { TenantView } from "@caprock/contract";
import { Alert, Box, Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useCreateApiKey } from "../api/changes.ts";
import { messageOf } from "../api/failures.ts";
import { Copyable } from "../ui/copyable.tsx";
import { FormEnd } from "./tenant-fields.tsx";

interface NewApiKeyWindowProps {
  readonly tenant: TenantView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function NewApiKeyWindow({ tenant, opened, onClose }: NewApiKeyWindowProps) {
  const create = useCreateApiKey(tenant.id);
  const [name, setName] = useState("");
  const created = create.data;
  const close = () => {
    create.reset();
    setName("");
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(name.trim());
  };
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={created ? "Copy the key now" : `New API key for ${tenant.name}`}
      size="lg"
      // A stray click must not lose a key that cannot be shown again.
      closeOnClickOutside={!created}
      closeOnEscape={!created}
      withCloseButton={!created}
    >
      {created ? (
        <Stack gap="md">
          <Alert color="yellow" icon={<IconAlertTriangle size={18} />}>
            This is the only time the key “{created.name}” is shown. Caprock keeps its hash, not the key.
          </Alert>
          <Box data-testid="created-key" style={{ overflowX: "auto" }}>
            <Copyable value={created.apiKey} what="API key" size="md" />
          </Box>
          <Group justify="flex-end">
            <Button onClick={close}>I have copied it</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="md">
            <TextInput
              label="Name"
              description="Says where the key is used, so that you know which one to revoke."
              placeholder="production"
              maxLength={100}
              required
              data-autofocus
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <FormEnd
              action="Create key"
              busy={create.isPending}
              problem={create.error ? messageOf(create.error) : undefined}
              onCancel={close}
            />
          </Stack>
        </form>
      )}
    </Modal>
  );
}
