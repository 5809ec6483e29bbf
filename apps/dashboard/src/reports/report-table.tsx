/** The report's rows with every digit of their amounts, and the sum of all of them. */
import { Group, Pagination, Table, Text } from "@mantine/core";
import { IconReportOff } from "@tabler/icons-react";
import { useState } from "react";
import { formatCount } from "../format/count.ts";
import { Blank } from "../ui/blank.tsx";
import { DataTable, figures } from "../ui/data-table.tsx";
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
      <DataTable
        aria-label="Usage report"
        verticalSpacing={8}
        horizontalSpacing="sm"
        fz={13}
        className="one-line"
        headings={[...groupBy.map(labelOf), ...columns.map(({ label }) => figures(label))]}
      >
        <Table.Tbody className="numbers">
          {shown.map(({ group, ...row }) => (
            <Table.Tr key={JSON.stringify(group)}>
              {groupBy.map((dimension) => (
                <Table.Td key={dimension}>{textOf(group[dimension], dimension, nameOf)}</Table.Td>
              ))}
              <FigureCells figures={row} columns={columns} />
            </Table.Tr>
          ))}
        </Table.Tbody>
        <Table.Tfoot className="numbers">
          <Table.Tr fw={600}>
            <Table.Td colSpan={groupBy.length}>Total</Table.Td>
            <FigureCells figures={report.totals} columns={columns} isTotal />
          </Table.Tr>
        </Table.Tfoot>
      </DataTable>
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

interface FigureCellsProps {
  readonly figures: Figures;
  readonly columns: readonly Column[];
  readonly isTotal?: boolean;
}

function FigureCells({ figures, columns, isTotal = false }: FigureCellsProps) {
  return columns.map(({ label, text, dimmed, strong }) => (
    <Table.Td
      key={label}
      ta="right"
      c={dimmed ? "dimmed" : undefined}
      fw={strong && !isTotal ? 500 : undefined}
    >
      {text(figures)}
    </Table.Td>
  ));
}

function labelOf(dimension: Dimension): string {
  return dimensions.find(({ value }) => value === dimension)?.label ?? dimension;
}

function textOf(value: string | undefined, dimension: Dimension, nameOf: ReportTableProps["nameOf"]): string {
  return value === undefined
    ? "–"
    : dimension === "hour"
      ? value.replace("T", " ")
      : nameOf(dimension, value);
}
