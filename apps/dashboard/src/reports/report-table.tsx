/** The report's rows with every digit of their amounts, and the sum of all of them. */
import { Group, Pagination, ScrollArea, Table, Text } from "@mantine/core";
import { IconReportOff } from "@tabler/icons-react";
import { useState } from "react";
import { formatCount } from "../format/count.ts";
import { Blank } from "../ui/blank.tsx";
import { type Dimension, dimensions } from "./report-choice.ts";
import { type AnyReport, type Column, columnsOf, type Figures } from "./report-columns.ts";

interface ReportTableProps {
  readonly report: AnyReport;
  readonly groupBy: readonly Dimension[];
  /** A value as people know it: a tenant by its name. */
  readonly nameOf: (dimension: Dimension, value: string) => string;
}

const rowsPerPage = 50;

export function ReportTable({ report, groupBy, nameOf }: ReportTableProps) {
  const [chosen, choosePage] = useState(1);
  if (report.rows.length === 0) {
    return (
      <Blank
        icon={IconReportOff}
        title="No usage"
        hint="Nothing was called in this time with these filters."
      />
    );
  }
  const columns = columnsOf(report);
  const pages = Math.ceil(report.rows.length / rowsPerPage);
  const page = Math.min(chosen, pages);
  const shown = report.rows.slice((page - 1) * rowsPerPage, page * rowsPerPage);
  return (
    <>
      <ScrollArea type="auto">
        <Table
          aria-label="Usage report"
          verticalSpacing={8}
          horizontalSpacing="sm"
          fz={13}
          className="one-line"
        >
          <Table.Thead className="table-head">
            <Table.Tr>
              {groupBy.map((dimension) => (
                <Table.Th key={dimension}>
                  {dimensions.find(({ value }) => value === dimension)?.label}
                </Table.Th>
              ))}
              {columns.map(({ label }) => (
                <Table.Th key={label} ta="right">
                  {label}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody className="numbers">
            {shown.map(({ group, ...figures }) => (
              <Table.Tr key={JSON.stringify(group)}>
                {groupBy.map((dimension) => (
                  <Table.Td key={dimension}>{textOf(group[dimension], dimension, nameOf)}</Table.Td>
                ))}
                <FigureCells figures={figures} columns={columns} />
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot className="numbers">
            <Table.Tr fw={600}>
              <Table.Td colSpan={groupBy.length}>Total</Table.Td>
              <FigureCells figures={report.totals} columns={columns} />
            </Table.Tr>
          </Table.Tfoot>
        </Table>
      </ScrollArea>
      {pages > 1 && (
        <Group justify="space-between" px="md" py="sm">
          <Text fz="xs" c="dimmed">
            {formatCount(report.rows.length)} rows; the total is of all of them.
          </Text>
          <Pagination size="sm" total={pages} value={page} onChange={choosePage} />
        </Group>
      )}
    </>
  );
}

function FigureCells({ figures, columns }: { figures: Figures; columns: readonly Column[] }) {
  return columns.map(({ label, text, dimmed, strong }) => (
    <Table.Td key={label} ta="right" c={dimmed ? "dimmed" : undefined} fw={strong ? 500 : undefined}>
      {text(figures)}
    </Table.Td>
  ));
}

function textOf(value: string | undefined, dimension: Dimension, nameOf: ReportTableProps["nameOf"]): string {
  return value === undefined
    ? "–"
    : dimension === "hour"
      ? value.replace("T", " ")
      : nameOf(dimension, value);
}
