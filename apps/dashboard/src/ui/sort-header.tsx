/** A column heading that sorts the table. */
import { Group, Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";

interface SortHeaderProps {
  readonly label: string;
  readonly right: boolean;
  readonly sorted: "ascending" | "descending" | "none";
  readonly onSort: () => void;
}

const icons = { ascending: IconArrowUp, descending: IconArrowDown, none: IconArrowsSort };

export function SortHeader({ label, right, sorted, onSort }: SortHeaderProps) {
  const Icon = icons[sorted];
  return (
    <Table.Th aria-sort={sorted} ta={right ? "right" : "left"}>
      <UnstyledButton onClick={onSort} fz="xs" fw={500} c={sorted === "none" ? "dimmed" : undefined}>
        <Group gap={4} wrap="nowrap" justify={right ? "flex-end" : "flex-start"}>
          {label}
          <Icon size={12} stroke={1.8} opacity={sorted === "none" ? 0.45 : 1} aria-hidden="true" />
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
}
