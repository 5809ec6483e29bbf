/** The fields that creating and editing a tenant have in common. */
import { Group, NumberInput, TextInput } from "@mantine/core";
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
