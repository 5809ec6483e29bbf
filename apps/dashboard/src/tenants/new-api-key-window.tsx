/** Creates an API key and shows it, this once. */
import type { TenantView } from "@caprock/contract";
import { Modal, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useCreateApiKey } from "../api/changes.ts";
import { messageOf } from "../api/failures.ts";
import { FormEnd } from "../ui/form-end.tsx";
import { ApplicationField } from "./application-field.tsx";
import { ShownKey } from "./shown-key.tsx";

interface NewApiKeyWindowProps {
  readonly tenant: TenantView;
  /** Applications that the tenant's keys name already. */
  readonly applications: readonly string[];
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function NewApiKeyWindow({ tenant, applications, opened, onClose }: NewApiKeyWindowProps) {
  const create = useCreateApiKey(tenant.id);
  const [name, setName] = useState("");
  const [application, setApplication] = useState("");
  const created = create.data;
  const close = () => {
    create.reset();
    setName("");
    setApplication("");
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const named = application.trim();
    create.mutate({ name: name.trim(), ...(named === "" ? {} : { application: named }) });
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
        <ShownKey created={created} onClose={close}>
          This is the only time the key “{created.name}” is shown. Caprock keeps its hash, not the key.
        </ShownKey>
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
            <ApplicationField applications={applications} value={application} onChange={setApplication} />
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
