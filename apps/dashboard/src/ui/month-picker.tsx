/** Chooses the month that figures are for. */
import { ActionIcon, Group, Select } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { formatMonth, monthsBackFrom } from "../format/month.ts";

const monthsOffered = 13;

interface MonthPickerProps {
  /** The running month: the latest on offer. */
  readonly latest: string;
  readonly value: string;
  readonly onChange: (month: string) => void;
}

export function MonthPicker({ latest, value, onChange }: MonthPickerProps) {
  const offered = monthsBackFrom(latest, monthsOffered);
  const months = offered.includes(value) ? offered : [...offered, value].sort().reverse();
  const index = months.indexOf(value);
  const step = (by: number, name: string, icon: React.ReactNode) => {
    const month = months[index + by];
    return (
      <ActionIcon
        variant="default"
        size={36}
        aria-label={name}
        disabled={month === undefined}
        onClick={() => month !== undefined && onChange(month)}
      >
        {icon}
      </ActionIcon>
    );
  };
  return (
    <Group gap={6} wrap="nowrap">
      {step(1, "Month before", <IconChevronLeft size={16} stroke={1.7} />)}
      <Select
        aria-label="Month"
        w={168}
        allowDeselect={false}
        data={months.map((month) => ({ value: month, label: formatMonth(month) }))}
        value={value}
        onChange={(month) => month !== null && onChange(month)}
      />
      {step(-1, "Month after", <IconChevronRight size={16} stroke={1.7} />)}
    </Group>
  );
}
