/** Changes what becomes of calls beyond the budget, and the markup from now on. */
import type { TenantView } from "@caprock/contract";
import { Modal, Radio, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useUpdateTenant } from "../api/changes.ts";
import { messageOf } from "../api/failures.ts";
import { plainPercent, typedBasisPoints } from "../format/basis-points.ts";
import { FormEnd } from "../ui/form-end.tsx";

interface TermsWindowProps {
  readonly tenant: TenantView;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function TermsWindow(props: TermsWindowProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="Over-budget policy and markup">
      <TermsForm {...props} />
    </Modal>
  );
}

type Policy = TenantView["overBudget"];
const policies: { value: Policy["kind"]; label: string; description: string }[] = [
  {
    value: "refuse",
    label: "Refuse",
    description: "The call is refused, with what is left and when it resets.",
  },
  {
    value: "throttle",
    label: "Throttle",
    description: "The call waits a little for money that calls in flight may give back.",
  },
  { value: "fall-back", label: "Fall back", description: "A cheaper model is asked instead." },
];

function TermsForm({ tenant, onClose }: TermsWindowProps) {
  const update = useUpdateTenant(tenant);
  const [kind, setKind] = useState(tenant.overBudget.kind);
  const [modelId, setModelId] = useState(
    tenant.overBudget.kind === "fall-back" ? tenant.overBudget.modelId : "",
  );
  const before = plainPercent(tenant.markups.at(-1)?.basisPoints ?? 0);
  const [percent, setPercent] = useState(before);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const overBudget: Policy = kind === "fall-back" ? { kind, modelId: modelId.trim() } : { kind };
    // A markup that was not touched is not begun anew.
    const markup = percent === before ? {} : { markup: { basisPoints: typedBasisPoints(percent) } };
    update.mutate(
      { body: { overBudget, ...markup, version: tenant.version }, done: "was changed" },
      { onSuccess: onClose },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Radio.Group
          label="A call that the budget does not cover"
          value={kind}
          onChange={(chosen) => setKind(policies.find(({ value }) => value === chosen)?.value ?? "refuse")}
        >
          <Stack gap="sm" mt="xs">
            {policies.map((policy) => (
              <Radio key={policy.value} {...policy} />
            ))}
          </Stack>
        </Radio.Group>
        {kind === "fall-back" && (
          <TextInput
            label="Model"
            description="As a caller would name it."
            placeholder="us.amazon.nova-lite-v1:0"
            required
            value={modelId}
            onChange={(event) => setModelId(event.currentTarget.value)}
          />
        )}
        <TextInput
          label="Markup"
          description="Percent on AWS's list price, from now on; negative for a discount. What was charged stays."
          rightSection="%"
          inputMode="decimal"
          required
          value={percent}
          onChange={(event) => setPercent(event.currentTarget.value)}
        />
        <FormEnd
          action="Save"
          busy={update.isPending}
          problem={update.error ? messageOf(update.error) : undefined}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
