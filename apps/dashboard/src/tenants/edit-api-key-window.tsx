/** Renames a key, or moves it to another application. */
import type { ApiKeyView } from "@caprock/contract";
import { Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useUpdateApiKey } from "../api/changes.ts";
import { messageOf } from "../api/failures.ts";
import { FormEnd } from "../ui/form-end.tsx";
import { ApplicationField } from "./application-field.tsx";

interface EditApiKeyWindowProps {
  readonly applications: readonly string[];
  /** Undefined while the window is closed. */
  readonly apiKey: ApiKeyView | undefined;
  readonly onClose: () => void;
}

export function EditApiKeyWindow({ apiKey, applications, onClose }: EditApiKeyWindowProps) {
  return (
    <Modal opened={apiKey !== undefined} onClose={onClose} title={`Edit the key “${apiKey?.name ?? ""}”`}>
      {apiKey && <EditApiKeyForm apiKey={apiKey} applications={applications} onClose={onClose} />}
    </Modal>
  );
}

function EditApiKeyForm({ apiKey, applications, onClose }: EditApiKeyWindowProps & { apiKey: ApiKeyView }) {
  const update = useUpdateApiKey(apiKey.tenantId);
  const [name, setName] = useState(apiKey.name);
  const [application, setApplication] = useState(apiKey.application);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const body = { name: name.trim(), application: application.trim() };
    update.mutate({ apiKeyId: apiKey.id, body }, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          maxLength={100}
          required
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <ApplicationField applications={applications} value={application} onChange={setApplication} />
        <FormEnd
          action="Save changes"
          busy={update.isPending}
          problem={update.error ? messageOf(update.error) : undefined}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
