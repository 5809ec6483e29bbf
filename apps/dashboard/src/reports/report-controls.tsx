/** What the report is about: groups, time, source, and what it is narrowed to. */
import type { TenantView } from "@caprock/contract";
import { Group, MultiSelect, SegmentedControl, SimpleGrid, Stack, TagsInput, TextInput } from "@mantine/core";
import { daysOf } from "../format/month.ts";
import { MonthPicker } from "../ui/month-picker.tsx";
import { TimeZonePicker } from "../ui/time-zone-picker.tsx";
import { type Dimension, dimensions, type Filter, type ReportChoice } from "./report-choice.ts";

interface ReportControlsProps {
  readonly choice: ReportChoice;
  readonly onChange: (choice: ReportChoice) => void;
  readonly tenants: readonly TenantView[];
  readonly runningMonth: string | undefined;
  /** Values that the report shows of a dimension, to choose from. */
  readonly seen: (filter: Filter) => string[];
}

const typedFilters = ["application", "key", "model", "tier"] as const;

export function ReportControls({ choice, onChange, tenants, runningMonth, seen }: ReportControlsProps) {
  const change = (part: Partial<ReportChoice>) => onChange({ ...choice, ...part });
  const narrow = (filter: Filter, values: readonly string[]) =>
    change({ only: { ...choice.only, [filter]: values.length > 0 ? values : undefined } });
  const month = choice.month ?? runningMonth;
  return (
    <Stack gap="sm">
      <Group gap="sm" align="flex-end">
        <MultiSelect
          label="Group by"
          flex={1}
          miw={{ base: "100%", xs: 300 }}
          data={dimensions.map((dimension) => dimension)}
          value={[...choice.groupBy]}
          onChange={(values) => values.length > 0 && change({ groupBy: values.flatMap(dimensionOf) })}
        />
        <SegmentedControl
          aria-label="Where the figures are read from"
          value={choice.source}
          onChange={(source) => change({ source: source === "cloudwatch" ? "cloudwatch" : "ledger" })}
          data={[
            { value: "ledger", label: "Ledger" },
            { value: "cloudwatch", label: "CloudWatch" },
          ]}
        />
      </Group>
      <Group gap="sm">
        <SegmentedControl
          aria-label="What time it is about"
          value={choice.days ? "days" : "month"}
          onChange={(kind) => change(kind === "days" ? daysIn(month) : { days: undefined })}
          data={[
            { value: "month", label: "Month" },
            { value: "days", label: "Days" },
          ]}
        />
        {choice.days ? (
          <Days days={choice.days} onChange={(days) => change({ days })} />
        ) : (
          runningMonth !== undefined && (
            <MonthPicker
              latest={runningMonth}
              value={month ?? runningMonth}
              onChange={(chosen) => change({ month: chosen })}
            />
          )
        )}
        <TimeZonePicker
          zones={tenants.map(({ timeZone }) => timeZone)}
          value={choice.timeZone}
          onChange={(timeZone) => change({ timeZone })}
        />
      </Group>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: 5 }} spacing="sm">
        <MultiSelect
          aria-label="Only these tenants"
          placeholder={choice.only.tenant ? undefined : "All tenants"}
          clearable
          searchable
          data={tenants.map(({ id, name }) => ({ value: id, label: name }))}
          value={[...(choice.only.tenant ?? [])]}
          onChange={(values) => narrow("tenant", values)}
        />
        {typedFilters.map((filter) => (
          <TagsInput
            key={filter}
            aria-label={`Only these ${filter}s`}
            placeholder={choice.only[filter] ? undefined : `All ${filter}s`}
            clearable
            data={seen(filter)}
            value={[...(choice.only[filter] ?? [])]}
            onChange={(values) => narrow(filter, values)}
          />
        ))}
      </SimpleGrid>
    </Stack>
  );
}

interface DaysProps {
  readonly days: { readonly first: string; readonly last: string };
  readonly onChange: (days: { first: string; last: string }) => void;
}

function Days({ days: { first, last }, onChange }: DaysProps) {
  return (
    <Group gap={6} wrap="nowrap">
      <TextInput
        type="date"
        aria-label="First day"
        required
        max={last}
        value={first}
        onChange={({ currentTarget }) =>
          currentTarget.value && onChange({ first: currentTarget.value, last })
        }
      />
      <span>–</span>
      <TextInput
        type="date"
        aria-label="Last day"
        required
        min={first}
        value={last}
        onChange={({ currentTarget }) =>
          currentTarget.value && onChange({ first, last: currentTarget.value })
        }
      />
    </Group>
  );
}

function dimensionOf(name: string): Dimension[] {
  return dimensions.flatMap(({ value }) => (value === name ? [value] : []));
}

/** The month's first and last day, to begin with. */
function daysIn(month: string | undefined): Partial<ReportChoice> {
  const days = month === undefined ? [] : daysOf(month);
  const [first, last] = [days[0], days.at(-1)];
  return first !== undefined && last !== undefined ? { days: { first, last }, month: undefined } : {};
}
