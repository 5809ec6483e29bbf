/** Adds a limit, or changes one. */
import type { LimitRuleView } from "@caprock/contract";
import { Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { messageOf } from "../api/failures.ts";
import { type LimitOwner, useReplaceRules } from "../api/limit-calls.ts";
import { FormEnd } from "../ui/form-end.tsx";
import { type RuleValues, ruleOf, scopes, units, valuesOf, windows } from "./rule-form.ts";

interface RuleWindowProps {
  readonly owner: LimitOwner;
  readonly rules: readonly LimitRuleView[];
  readonly version: number;
  /** The rule to change, "new" for one more; undefined while the window is closed. */
  readonly editing: LimitRuleView | "new" | undefined;
  readonly onClose: () => void;
}

export function RuleWindow(props: RuleWindowProps) {
  const { editing, onClose } = props;
  const title = editing === undefined || editing === "new" ? "Add a limit" : `Edit ${editing.id}`;
  return (
    <Modal opened={editing !== undefined} onClose={onClose} title={title}>
      {editing !== undefined && <RuleForm {...props} />}
    </Modal>
  );
}

function RuleForm({ owner, rules, version, editing, onClose }: RuleWindowProps) {
  const rule = editing === "new" ? undefined : editing;
  const ownerKind = owner === "platform" ? "platform" : "tenant";
  const replace = useReplaceRules(owner);
  const [values, setValues] = useState(() => valuesOf(rule, ownerKind));
  const change = (part: Partial<RuleValues>) => setValues({ ...values, ...part });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const wanted = ruleOf(values);
    const all = rule ? rules.map((other) => (other.id === rule.id ? wanted : other)) : [...rules, wanted];
    replace.mutate({ rules: all, version }, { onSuccess: onClose });
  };
  const bindsParts = values.scope !== "tenant" && values.scope !== "platform";
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Limit"
          description="Its name in refusals, headers and alerts. It stays."
          placeholder="night-batch"
          required
          disabled={rule !== undefined}
          data-autofocus
          value={values.id}
          onChange={(event) => change({ id: event.currentTarget.value })}
        />
        <Group grow align="flex-start">
          <Select
            label="Scope"
            allowDeselect={false}
            data={scopes[ownerKind]}
            value={values.scope}
            onChange={(scope) => scope && change({ scope })}
          />
          {bindsParts && (
            <TextInput
              label="Of"
              placeholder={`each ${values.scope}`}
              value={values.of}
              onChange={(event) => change({ of: event.currentTarget.value })}
            />
          )}
        </Group>
        <Group grow align="flex-start">
          <Select
            label="Unit"
            allowDeselect={false}
            data={units}
            value={values.unit}
            onChange={(unit) => unit && change({ unit })}
          />
          {values.unit !== "concurrency" && (
            <Select
              label="Window"
              allowDeselect={false}
              data={windows}
              value={values.window}
              onChange={(window) => window && change({ window })}
            />
          )}
          <TextInput
            label="Amount"
            inputMode="decimal"
            leftSection={values.unit === "usd" ? "$" : undefined}
            required
            value={values.amount}
            onChange={(event) => change({ amount: event.currentTarget.value })}
          />
        </Group>
        <FormEnd
          action={rule ? "Save limit" : "Add limit"}
          busy={replace.isPending}
          problem={replace.error ? messageOf(replace.error) : undefined}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
