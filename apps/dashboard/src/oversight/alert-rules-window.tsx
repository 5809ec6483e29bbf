/** Changes by which rules a tenant's, or the platform's, alerts are raised. */
import type { AlertRulesView } from "@caprock/contract";
import { Checkbox, Modal, Select, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { messageOf } from "../api/failures.ts";
import { useAlertRules, useReplaceAlertRules } from "../api/oversight-calls.ts";
import { plainUsd } from "../format/money.ts";
import { typedUsd } from "../limits/typed-amount.ts";
import { FormEnd } from "../ui/form-end.tsx";
import { Reading } from "../ui/reading.tsx";
import { percentsOf, shownPercents } from "./percents.ts";

interface AlertRulesWindowProps {
  /** A tenant's id, or "platform". */
  readonly owner: string;
  readonly opened: boolean;
  readonly onClose: () => void;
}

export function AlertRulesWindow({ owner, opened, onClose }: AlertRulesWindowProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Alert rules">
      <AlertRules owner={owner} onClose={onClose} />
    </Modal>
  );
}

function AlertRules({ owner, onClose }: Omit<AlertRulesWindowProps, "opened">) {
  const rules = useAlertRules(owner);
  return (
    <Reading of={rules}>
      {(standing) => <AlertRulesForm owner={owner} rules={standing} onClose={onClose} />}
    </Reading>
  );
}

const watched: { value: AlertRulesView["limits"]; label: string }[] = [
  { value: "monthly-cap", label: "The monthly cap" },
  { value: "all", label: "All limits of a day, week or month" },
  { value: "parts", label: "All, and those of applications, keys and named models" },
];
const counted: { value: AlertRulesView["counting"]; label: string }[] = [
  { value: "settled", label: "What was used" },
  { value: "held", label: "What was used or is set aside" },
];

interface AlertRulesFormProps {
  readonly owner: string;
  readonly rules: AlertRulesView;
  readonly onClose: () => void;
}

/** The platform has no cap, forecast or usual spend of its own: only its limits are watched, all of them. */
function AlertRulesForm({ owner, rules, onClose }: AlertRulesFormProps) {
  const replace = useReplaceAlertRules(owner);
  const [percents, setPercents] = useState(shownPercents(rules.percents));
  const [limits, setLimits] = useState(rules.limits);
  const [counting, setCounting] = useState(rules.counting);
  const [forecast, setForecast] = useState(rules.forecast);
  const [floor, setFloor] = useState(rules.anomalyFloorUsd === null ? "" : plainUsd(rules.anomalyFloorUsd));
  const isTenant = owner !== "platform";
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const anomalyFloorUsd = floor.trim() === "" ? null : typedUsd(floor);
    replace.mutate(
      {
        percents: percentsOf(percents),
        limits,
        counting,
        forecast,
        anomalyFloorUsd,
        version: rules.version,
      },
      { onSuccess: onClose },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        {!rules.own && (
          <Text fz="sm" c="dimmed">
            The default rules hold so far.
          </Text>
        )}
        <TextInput
          label="Percent of a limit"
          description="Each alerts once in the limit's window; empty for none."
          placeholder="80, 100"
          value={percents}
          onChange={(event) => setPercents(event.currentTarget.value)}
        />
        {isTenant && (
          <Select
            label="Limits that are watched"
            allowDeselect={false}
            data={watched}
            value={limits}
            onChange={(chosen) => chosen && setLimits(chosen)}
          />
        )}
        <Select
          label="What counts"
          allowDeselect={false}
          data={counted}
          value={counting}
          onChange={(chosen) => chosen && setCounting(chosen)}
        />
        {isTenant && (
          <>
            <Checkbox
              label="Alert when the month is forecast to end above its cap"
              checked={forecast}
              onChange={(event) => setForecast(event.currentTarget.checked)}
            />
            <TextInput
              label="Unusual spend from"
              description="USD above the usual in an hour; empty for no such alerts."
              leftSection="$"
              inputMode="decimal"
              value={floor}
              onChange={(event) => setFloor(event.currentTarget.value)}
            />
          </>
        )}
        <FormEnd
          action="Save"
          busy={replace.isPending}
          problem={replace.error ? messageOf(replace.error) : undefined}
          onCancel={onClose}
        />
      </Stack>
    </form>
  );
}
