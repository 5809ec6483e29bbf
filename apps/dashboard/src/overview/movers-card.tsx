/** What grew and what shrank most against the month before. */
import type { MoversReportView, TenantView } from "@caprock/contract";
import { SegmentedControl, Table, Text } from "@mantine/core";
import { IconArrowsUpDown } from "@tabler/icons-react";
import { useState } from "react";
import { type MoversQuery, useMovers } from "../api/report-queries.ts";
import { formatNanoUsd, formatShare, formatUsd, nanoUsdOf } from "../format/money.ts";
import { Blank } from "../ui/blank.tsx";
import { DataTable, figures } from "../ui/data-table.tsx";
import { Reading } from "../ui/reading.tsx";
import { Section } from "../ui/section.tsx";

interface MoversCardProps {
  readonly month: string;
  readonly timeZone: string | undefined;
  readonly tenants: readonly TenantView[] | undefined;
}

type By = NonNullable<MoversQuery["by"]>;
const choices: { value: By; label: string }[] = [
  { value: "tenant", label: "Tenant" },
  { value: "model", label: "Model" },
  { value: "application", label: "Application" },
];
const most = 6;

export function MoversCard({ month, timeZone, tenants }: MoversCardProps) {
  const [by, setBy] = useState<By>("model");
  const movers = useMovers({ month, timeZone, by, limit: most });
  const nameOf = (value: string) =>
    by === "tenant" ? (tenants?.find(({ id }) => id === value)?.name ?? value) : value;
  return (
    <Section
      title="Top movers"
      about="Against the month before, up to the same moment in it."
      controls={
        <SegmentedControl
          aria-label="Movers by"
          size="xs"
          value={by}
          onChange={(chosen) => setBy(choices.find(({ value }) => value === chosen)?.value ?? "model")}
          data={choices}
        />
      }
    >
      <Reading of={movers}>
        {(report) =>
          report.movers.length === 0 ? (
            <Blank icon={IconArrowsUpDown} title="Nothing moved" hint="Neither month has any spend." />
          ) : (
            <DataTable
              aria-label="Top movers"
              verticalSpacing={10}
              horizontalSpacing="lg"
              miw={470}
              headings={[
                choices.find(({ value }) => value === by)?.label ?? "",
                figures("Before"),
                figures("Now"),
                figures("Change"),
              ]}
            >
              <Table.Tbody className="numbers">
                {report.movers.map((mover) => (
                  <Row key={mover.value} name={nameOf(mover.value)} change={mover} />
                ))}
              </Table.Tbody>
              <Table.Tfoot className="numbers">
                <Row name="All" change={report.total} isTotal />
              </Table.Tfoot>
            </DataTable>
          )
        }
      </Reading>
    </Section>
  );
}

interface RowProps {
  readonly name: string;
  readonly change: MoversReportView["total"];
  readonly isTotal?: boolean;
}

function Row({ name, change, isTotal = false }: RowProps) {
  const { changeRatio } = change;
  const changed = nanoUsdOf(change.changeUsd);
  const sign = changed > 0n ? "+" : "";
  return (
    <Table.Tr fw={isTotal ? 600 : undefined}>
      <Table.Td style={{ overflowWrap: "anywhere" }}>{name}</Table.Td>
      <Table.Td ta="right" c="dimmed">
        {formatUsd(change.costBeforeUsd)}
      </Table.Td>
      <Table.Td ta="right">{formatUsd(change.costUsd)}</Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        <Text fz="sm" fw={500} c={changed > 0n ? "orange" : changed < 0n ? "teal" : "dimmed"}>
          {sign}
          {formatNanoUsd(changed)}
        </Text>
        <Text fz="xs" c="dimmed">
          {changeRatio === undefined ? "new" : ratioText(changeRatio)}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}

function ratioText(ratio: number): string {
  const sign = ratio > 0 ? "+" : ratio < 0 ? "-" : "±";
  return `${sign}${formatShare(Math.abs(ratio))}`;
}
