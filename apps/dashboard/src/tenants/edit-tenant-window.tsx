/** Changes a tenant's name, cap and rate. */
import type { TenantView } from "@caprock/contract";
import { Modal, Stack } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useUpdateTenant } from "../api/changes.ts";
import { plainUsd } from "../format/money.ts";
import { typedUsd } from "../limits/typed-amount.ts";
import { FormEnd } from "../ui/form-end.tsx";
import { useRefusal } from "../ui/refusal.ts";
import { TenantFields } from "./tenant-fields.tsx";
import { placeRefusal, tenantFormRules } from "./tenant-form.ts";

interface EditTenantWindowProps {
  readonly tenant: TenantView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function EditTenantWindow(props: EditTenantWindowProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={`Edit ${props.tenant.name}`}>
      <EditTenantForm {...props} />
    </Modal>
  );
}

function EditTenantForm({ tenant, onClose }: EditTenantWindowProps) {
  const update = useUpdateTenant(tenant);
  const form = useForm({
    initialValues: {
      name: tenant.name,
      monthlyCapUsd: plainUsd(tenant.monthlyCapUsd),
      requestsPerMinute: tenant.requestsPerMinute as string | number,
    },
    validate: tenantFormRules,
  });
  const refusal = useRefusal(form, (error) => placeRefusal(error, Object.keys(form.getValues())));
  const submit = form.onSubmit((values) => {
    refusal.clear();
    const body = {
      name: values.name.trim(),
      monthlyCapUsd: typedUsd(values.monthlyCapUsd),
      requestsPerMinute: Number(values.requestsPerMinute),
    };
    update.mutate(
      { body, done: "was changed" },
      {
        onSuccess: onClose,
        onError: refusal.show,
      },
    );
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <TenantFields form={form} />
        <FormEnd action="Save changes" busy={update.isPending} problem={refusal.problem} onCancel={onClose} />
      </Stack>
    </form>
  );
}
