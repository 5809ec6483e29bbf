/** Gives a limit another amount for a while. */
import type { WireUnit } from "@caprock/contract";
import { Modal, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { messageOf } from "../api/failures.ts";
import { type LimitOwner, useAddOverride } from "../api/limit-calls.ts";
import { instantOfLocal, localInput } from "../format/time.ts";
import { FormEnd } from "../ui/form-end.tsx";
import { amountText, plainAmount } from "./amount.ts";
import { typedCount, typedUsd } from "./typed-amount.ts";

/** The limit that is to be overridden. */
export interface Overridable {
  readonly limitId: string;
  readonly unit: WireUnit;
  readonly amount: string | number;
  /** When its window ends, where the override would end with it. */
  readonly resetsAt: string | undefined;
}

interface OverrideWindowProps {
  readonly owner: LimitOwner;
  /** Undefined while the window is closed. */
  readonly limit: Overridable | undefined;
  readonly onClose: () => void;
}

export function OverrideWindow({ owner, limit, onClose }: OverrideWindowProps) {
  return (
    <Modal opened={limit !== undefined} onClose={onClose} title={`Override ${limit?.limitId ?? ""}`}>
      {limit && <OverrideForm key={limit.limitId} owner={owner} limit={limit} onClose={onClose} />}
    </Modal>
  );
}

function OverrideForm({ owner, limit, onClose }: OverrideWindowProps & { limit: Overridable }) {
  const add = useAddOverride(owner);
  const [amount, setAmount] = useState(plainAmount(limit.unit, limit.amount));
  const [until, setUntil] = useState(limit.resetsAt === undefined ? "" : localInput(limit.resetsAt));
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const common = { limitId: limit.limitId, until: instantOfLocal(until), reason: reason.trim() };
    const body =
      limit.unit === "usd"
        ? { ...common, unit: limit.unit, amount: typedUsd(amount) }
        : { ...common, unit: limit.unit, amount: typedCount(amount) };
    add.mutate(body, { onSuccess: onClose });
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text fz="sm" c="dimmed">
          In force at once, and until its end instead of {amountText(limit.unit, limit.amount)}. Who set it
          and why stands in the audit log.
        </Text>
        <TextInput
          label="Amount"
          inputMode="decimal"
          leftSection={limit.unit === "usd" ? "$" : undefined}
          required
          data-autofocus
          value={amount}
          onChange={(event) => setAmount(event.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label="Until"
          description="In your own time zone. It does not hold any more from then on."
          required
          value={until}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
        <Textarea
          label="Reason"
          placeholder="Product launch"
          maxLength={500}
          autosize
          required
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <FormEnd
          action="Add override"
          busy={add.isPending}
          problem={add.error ? messageOf(add.error) : undefined}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
