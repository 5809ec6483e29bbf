/** The adjustments in a month's bill: what was charged or given back after the calls were entered. */
import type { AdjustmentView } from "@caprock/contract";
import { Table, Text } from "@mantine/core";
import { useAdjustments } from "../api/billing-calls.ts";
import { formatExactUsd } from "../format/money.ts";
import { formatDayAndTime } from "../format/time.ts";
import { DataTable, figures } from "../ui/data-table.tsx";
import { Pager, usePages } from "../ui/pager.tsx";
import { Reading } from "../ui/reading.tsx";

const adjustmentsPerPage = 20;

const kinds: Record<AdjustmentView["kind"], string> = {
  rerate: "Priced again",
  lateEntry: "Late call",
  lateCorrection: "Late correction",
};

export function AdjustmentsTable({ tenantId, month }: { tenantId: string; month: string }) {
  const pages = usePages<string>();
  const page = useAdjustments(tenantId, { month, after: pages.cursor, limit: adjustmentsPerPage });
  return (
    <Reading of={page}>
      {({ adjustments, next }) =>
        adjustments.length === 0 ? (
          <Text c="dimmed" fz="sm" px="md" pb="sm">
            Nothing of this month was adjusted.
          </Text>
        ) : (
          <>
            <DataTable
              aria-label="Adjustments"
              miw={760}
              headings={["Posted", "Kind", "Call", "Model", figures("Charged more"), "Why, and by whom"]}
            >
              <Table.Tbody>
                {adjustments.map((one) => (
                  <Table.Tr key={one.adjustmentId}>
                    <Table.Td className="numbers" style={{ whiteSpace: "nowrap" }}>
                      {formatDayAndTime(one.postedAt)}
                    </Table.Td>
                    <Table.Td>{kinds[one.kind]}</Table.Td>
                    <Table.Td ff="monospace" fz="xs">
                      {one.requestId}
                    </Table.Td>
                    <Table.Td>{one.modelId}</Table.Td>
                    <Table.Td className="numbers" ta="right">
                      {formatExactUsd(one.deltaUsd)}
                    </Table.Td>
                    <Table.Td style={{ overflowWrap: "anywhere" }}>
                      {one.reason} ({one.author})
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </DataTable>
            <Pager pages={pages} next={next} />
          </>
        )
      }
    </Reading>
  );
}
