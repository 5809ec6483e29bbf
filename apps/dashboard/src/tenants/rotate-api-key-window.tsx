/** Gives a key another secret and shows it, this once. The key's id, limits and spend stay. */
import type { ApiKeyView } from "@caprock/contract";
import { Modal, Select, Stack, Text } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useRotateApiKey } from "../api/changes.ts";
import { messageOf } from "../api/failures.ts";
import { formatMinute } from "../format/time.ts";
import { FormEnd } from "../ui/form-end.tsx";
import { ShownKey } from "./shown-key.tsx";

interface RotateApiKeyWindowProps {
  /** Undefined while the window is closed. */
  readonly apiKey: ApiKeyView | undefined;
  readonly onClose: () => void;
}

const graces = [
  { value: "0", label: "Not at all: it ends at once" },
  { value: "3600", label: "1 hour" },
  { value: "86400", label: "1 day" },
  { value: "604800", label: "7 days" },
  { value: "2592000", label: "30 days" },
];

export function RotateApiKeyWindow({ apiKey, onClose }: RotateApiKeyWindowProps) {
  const [shown, setShown] = useState(false);
  const close = () => {
    setShown(false);
    onClose();
  };
  return (
    <Modal
      opened={apiKey !== undefined}
      onClose={close}
      title={shown ? "Copy the key now" : `Rotate the key “${apiKey?.name ?? ""}”`}
      size="lg"
      closeOnClickOutside={!shown}
      closeOnEscape={!shown}
      withCloseButton={!shown}
    >
      {apiKey && <RotateForm apiKey={apiKey} onShown={() => setShown(true)} onClose={close} />}
    </Modal>
  );
}

interface RotateFormProps {
  readonly apiKey: ApiKeyView;
  readonly onShown: () => void;
  readonly onClose: () => void;
}

function RotateForm({ apiKey, onShown, onClose }: RotateFormProps) {
  const rotate = useRotateApiKey(apiKey.tenantId);
  const [graceSeconds, setGraceSeconds] = useState("86400");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rotate.mutate({ apiKeyId: apiKey.id, graceSeconds: Number(graceSeconds) }, { onSuccess: onShown });
  };
  if (rotate.data) {
    const { name, previousSecretUntil } = rotate.data;
    return (
      <ShownKey created={rotate.data} onClose={onClose}>
        This is the only time the new secret of “{name}” is shown. The earlier one{" "}
        {previousSecretUntil === undefined
          ? "is refused from now on."
          : `works until ${formatMinute(previousSecretUntil)}.`}
      </ShownKey>
    );
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text fz="sm">
          The key gets another secret. Its id, application and limits stay, and what it spent keeps counting.
        </Text>
        <Select
          label="The earlier secret still works for"
          allowDeselect={false}
          data={graces}
          value={graceSeconds}
          onChange={(chosen) => chosen && setGraceSeconds(chosen)}
        />
        <FormEnd
          action="Rotate key"
          busy={rotate.isPending}
          problem={rotate.error ? messageOf(rotate.error) : undefined}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
