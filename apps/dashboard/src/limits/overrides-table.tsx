/** Overrides that hold or are to come, who set them and why. */
import type { LimitOverrideView } from "@caprock/contract";
import { Button, Table, Text } from "@mantine/core";
import { useState } from "react";
import { type LimitOwner, useEndOverride } from "../api/limit-calls.ts";
import { formatMinute } from "../format/time.ts";
import { Confirmation } from "../ui/confirmation.tsx";
import { DataTable, unseen } from "../ui/data-table.tsx";
import { amountText } from "./amount.ts";

interface OverridesTableProps {
  readonly owner: LimitOwner;
  readonly overrides: readonly LimitOverrideView[];
}

export function OverridesTable({ owner, overrides }: OverridesTableProps) {
  const end = useEndOverride(owner);
  const [ending, setEnding] = useState<LimitOverrideView>();
  const close = () => {
    end.reset();
    setEnding(undefined);
  };
  if (overrides.length === 0) {
    return (
      <Text c="dimmed" fz="sm" px="lg" pb="lg">
        No overrides. One gives a limit another amount until a moment that you name.
      </Text>
    );
  }
  return (
    <>
      <DataTable
        aria-label="Overrides"
        miw={780}
        horizontalSpacing="lg"
        verticalSpacing={8}
        headings={["Limit", "Amount", "From – until", "Author and reason", unseen("Actions")]}
      >
        <Table.Tbody>
          {overrides.map((override) => (
            <Table.Tr key={override.id}>
              <Table.Td fw={500}>{override.limitId}</Table.Td>
              <Table.Td className="numbers" style={{ whiteSpace: "nowrap" }}>
                {amountText(override.unit, override.amount)}
              </Table.Td>
              <Table.Td className="numbers">
                {formatMinute(override.from)} – {formatMinute(override.until)}
              </Table.Td>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {override.author}: {override.reason}
              </Table.Td>
              <Table.Td ta="right">
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="red"
                  aria-label={`End the override of ${override.limitId}`}
                  onClick={() => setEnding(override)}
                >
                  End
                </Button>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </DataTable>
      <Confirmation
        opened={ending !== undefined}
        title={`End the override of ${ending?.limitId ?? ""}?`}
        action="End override"
        busy={end.isPending}
        error={end.error}
        onClose={close}
        onConfirm={() => ending && end.mutate(ending.id, { onSuccess: close })}
      >
        The limit's own amount holds again at once. Calls in flight keep what they hold.
      </Confirmation>
    </>
  );
}
