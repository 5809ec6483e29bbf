/** Chooses whose days and months figures are for. */
import { Select } from "@mantine/core";
import { IconWorld } from "@tabler/icons-react";
import { browserZone, zonesToChoose } from "../format/zone.ts";

/** Stands for "each tenant's own", which the API means when no zone is named. */
const own = "own";

interface TimeZonePickerProps {
  /** Zones to offer first: those of the tenants. */
  readonly zones: readonly string[];
  /** Undefined for each tenant's own. */
  readonly value: string | undefined;
  readonly onChange: (timeZone: string | undefined) => void;
}

export function TimeZonePicker({ zones, value, onChange }: TimeZonePickerProps) {
  const first = [browserZone(), ...zones, ...(value === undefined ? [] : [value])];
  return (
    <Select
      aria-label="Time zone"
      w={200}
      searchable
      allowDeselect={false}
      limit={100}
      nothingFoundMessage="No such time zone"
      leftSection={<IconWorld size={16} stroke={1.6} />}
      data={[
        { value: own, label: "Each tenant's own" },
        ...zonesToChoose(first).map((zone) => ({ value: zone, label: zone })),
      ]}
      value={value ?? own}
      onChange={(chosen) => onChange(chosen === own || chosen === null ? undefined : chosen)}
    />
  );
}
