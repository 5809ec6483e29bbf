/** Asks for a range of time to be reconciled. */
import { Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { messageOf } from "../api/failures.ts";
import { useRequestReconciliation } from "../api/oversight-calls.ts";
import { instantOfLocal } from "../format/time.ts";
import { FormEnd } from "../ui/form-end.tsx";

interface ReconcileWindowProps {
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function ReconcileWindow({ opened, onClose }: ReconcileWindowProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Reconcile a range">
      <ReconcileForm onClose={onClose} />
    </Modal>
  );
}

function ReconcileForm({ onClose }: Pick<ReconcileWindowProps, "onClose">) {
  const request = useRequestReconciliation();
  const [source, setSource] = useState<"invocation-log" | "billing-export">("invocation-log");
  const [start, setStart] = useState("");
  const [end, setEnd] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    request.mutate(
      { source, start: instantOfLocal(start), end: instantOfLocal(end) },
      { onSuccess: onClose },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Select
          label="Against"
          allowDeselect={false}
          data={[
            { value: "invocation-log", label: "Bedrock's invocation log" },
            { value: "billing-export", label: "AWS's bill (whole days of UTC)" },
          ]}
          value={source}
          onChange={(chosen) => chosen && setSource(chosen)}
        />
        <Group grow>
          <TextInput
            type="datetime-local"
            label="Start"
            required
            value={start}
            onChange={(event) => setStart(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            label="End"
            required
            value={end}
            onChange={(event) => setEnd(event.currentTarget.value)}
          />
        </Group>
        <FormEnd
          action="Reconcile"
          busy={request.isPending}
          problem={request.error ? messageOf(request.error) : undefined}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
