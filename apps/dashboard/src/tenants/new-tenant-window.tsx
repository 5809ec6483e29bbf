/** Creates a tenant. */
import type { TenantView } from "@caprock/contract";
import { Modal, Select, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useCreateTenant } from "../api/changes.ts";
import { zonesToChoose } from "../format/zone.ts";
import { typedUsd } from "../limits/typed-amount.ts";
import { FormEnd } from "../ui/form-end.tsx";
import { useRefusal } from "../ui/refusal.ts";
import { TenantFields } from "./tenant-fields.tsx";
import { placeRefusal, tenantFormRules } from "./tenant-form.ts";

interface NewTenantWindowProps {
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onCreated: (tenant: TenantView) => void;
}

export function NewTenantWindow(props: NewTenantWindowProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="New tenant">
      <NewTenantForm {...props} />
    </Modal>
  );
}

function NewTenantForm({ onClose, onCreated }: NewTenantWindowProps) {
  const create = useCreateTenant();
  const form = useForm({
    initialValues: {
      name: "",
      monthlyCapUsd: "",
      requestsPerMinute: 600 as string | number,
      timeZone: "UTC",
    },
    validate: tenantFormRules,
  });
  const refusal = useRefusal(form, (error) => placeRefusal(error, Object.keys(form.getValues())));
  const submit = form.onSubmit((values) => {
    refusal.clear();
    create.mutate(
      {
        name: values.name.trim(),
        monthlyCapUsd: typedUsd(values.monthlyCapUsd),
        requestsPerMinute: Number(values.requestsPerMinute),
        timeZone: values.timeZone,
      },
      {
        onSuccess: onCreated,
        onError: refusal.show,
      },
    );
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TenantFields form={form} />
        <Select
          label="Time zone"
          description="Its months begin at midnight here. It cannot be changed later."
          searchable
          allowDeselect={false}
          maxDropdownHeight={240}
          data={zonesToChoose([])}
          nothingFoundMessage="No such time zone"
          {...form.getInputProps("timeZone")}
        />
        <FormEnd
          action="Create tenant"
          busy={create.isPending}
          problem={refusal.problem}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
