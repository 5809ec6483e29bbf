/** The fields that creating and editing a tenant have in common. */
import { Alert, Button, Group, NumberInput, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import type { TenantFormValues } from "./tenant-form.ts";

export function TenantFields<T extends TenantFormValues>({ form }: { form: UseFormReturnType<T> }) {
  return (
    <>
      <TextInput
        label="Name"
        placeholder="Acme Support"
        maxLength={100}
        data-autofocus
        {...form.getInputProps("name")}
      />
      <Group grow align="flex-start">
        <TextInput
          label="Monthly cap"
          description="Calls beyond it are refused."
          inputMode="decimal"
          leftSection="$"
          {...form.getInputProps("monthlyCapUsd")}
        />
        <NumberInput
          label="Requests per minute"
          description="Over all keys and processes."
          min={1}
          max={1_000_000}
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator=","
          {...form.getInputProps("requestsPerMinute")}
        />
      </Group>
    </>
  );
}

interface FormEndProps {
  readonly action: string;
  readonly busy: boolean;
  /** What the API said against the whole form. */
  readonly problem: string | undefined;
  readonly onCancel: () => void;
}

/** The end of a form in a window: what went wrong, cancel, submit. */
export function FormEnd({ action, busy, problem, onCancel }: FormEndProps) {
  return (
    <>
      {problem && (
        <Alert color="red" role="alert" py="xs">
          {problem}
        </Alert>
      )}
      <Group justify="flex-end" gap="sm" mt="xs">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" loading={busy}>
          {action}
        </Button>
      </Group>
    </>
  );
}
