/** The table of tenants, sorted by the column that was clicked. */
import { Group, ScrollArea, Skeleton, Table, Text, VisuallyHidden } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { formatCount } from "../format/count.ts";
import { formatNanoUsd, formatUsd } from "../format/money.ts";
import { formatDay } from "../format/time.ts";
import { DemoBadge, StatusBadge } from "../ui/badges.tsx";
import { Copyable } from "../ui/copyable.tsx";
import { SortHeader } from "../ui/sort-header.tsx";
import { TenantActions } from "./tenant-actions.tsx";
import { sortTenants, type TenantColumn, type TenantRow } from "./tenant-order.ts";

const columns: { column: TenantColumn; label: string; right?: boolean }[] = [
  { column: "name", label: "Tenant" },
  { column: "status", label: "Status" },
  { column: "spent", label: "Spent this month", right: true },
  { column: "cap", label: "Monthly cap", right: true },
  { column: "rate", label: "Requests / min", right: true },
  { column: "timeZone", label: "Time zone" },
  { column: "created", label: "Created" },
];

export function TenantTable({ rows }: { rows: readonly TenantRow[] }) {
  const [order, setOrder] = useState<{ column: TenantColumn; descending: boolean }>({
    column: "name",
    descending: false,
  });
  return (
    <ScrollArea type="auto">
      <Table aria-label="Tenants" miw={980} highlightOnHover>
        <Table.Thead className="table-head">
          <Table.Tr>
            {columns.map(({ column, label, right }) => (
              <SortHeader
                key={column}
                label={label}
                right={right ?? false}
                sorted={order.column === column ? (order.descending ? "descending" : "ascending") : "none"}
                onSort={() =>
                  setOrder({
                    column,
                    descending: order.column === column ? !order.descending : right === true,
                  })
                }
              />
            ))}
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sortTenants(rows, order.column, order.descending).map((row) => (
            <Row key={row.tenant.id} row={row} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function Row({ row: { tenant, spentNanoUsd } }: { row: TenantRow }) {
  return (
    <Table.Tr data-tenant={tenant.id}>
      <Table.Td>
        <Group gap={8} wrap="nowrap" mb={2}>
          <Text fz="sm" fw={500}>
            <Link className="plain-link" to={`/tenants/${tenant.id}`}>
              {tenant.name}
            </Link>
          </Text>
          {tenant.demo && <DemoBadge />}
        </Group>
        <Copyable value={tenant.id} what="tenant id" />
      </Table.Td>
      <Table.Td>
        <StatusBadge status={tenant.status} />
      </Table.Td>
      <Table.Td ta="right" className="numbers" fw={500}>
        {spentNanoUsd === undefined ? <Skeleton h={14} w={60} ml="auto" /> : formatNanoUsd(spentNanoUsd)}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatUsd(tenant.monthlyCapUsd)}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatCount(tenant.requestsPerMinute)}
      </Table.Td>
      <Table.Td c="dimmed">{tenant.timeZone}</Table.Td>
      <Table.Td c="dimmed" style={{ whiteSpace: "nowrap" }}>
        {formatDay(tenant.createdAt)}
      </Table.Td>
      <Table.Td>
        <TenantActions tenant={tenant} />
      </Table.Td>
    </Table.Tr>
  );
}
