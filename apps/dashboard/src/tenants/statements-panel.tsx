/** A tenant's statements to print, and the months whose bill does not change any more. */
import type { ClosedMonthView, TenantView } from "@caprock/contract";
import { Button, Group, Table, Text, Title } from "@mantine/core";
import { IconLock, IconPrinter } from "@tabler/icons-react";
import { useState } from "react";
import { useOpenPage } from "../api/documents.ts";
import { useClosedMonths } from "../api/oversight-calls.ts";
import { formatCount } from "../format/count.ts";
import { formatExactUsd, nanoUsdOf } from "../format/money.ts";
import { formatMonth } from "../format/month.ts";
import { formatMinute } from "../format/time.ts";
import { useClient } from "../session/session.tsx";
import { Blank } from "../ui/blank.tsx";
import { Copyable } from "../ui/copyable.tsx";
import { DataTable, figures } from "../ui/data-table.tsx";
import { DownloadButton } from "../ui/download-button.tsx";
import { MonthPicker } from "../ui/month-picker.tsx";
import { Reading } from "../ui/reading.tsx";
import { AdjustmentsTable } from "./adjustments-table.tsx";
import { RerateWindow } from "./rerate-window.tsx";

export function StatementsPanel({ tenant, runningMonth }: { tenant: TenantView; runningMonth: string }) {
  const client = useClient();
  const [month, setMonth] = useState(runningMonth);
  const closedMonths = useClosedMonths(tenant.id);
  const page = useOpenPage();
  const [rerating, setRerating] = useState(false);
  return (
    <>
      <RerateWindow tenantId={tenant.id} month={month} opened={rerating} onClose={() => setRerating(false)} />
      <Group justify="space-between" px="md" py="sm" gap="sm">
        <Text c="dimmed" fz="sm">
          The bill of a month in {tenant.timeZone}, as a page to print or as FOCUS rows.
        </Text>
        <Group gap="xs">
          <MonthPicker latest={runningMonth} value={month} onChange={setMonth} />
          <Button
            size="xs"
            leftSection={<IconPrinter size={14} stroke={1.7} />}
            loading={page.isPending}
            onClick={() =>
              page.mutate(() => client.statement({ params: { tenantId: tenant.id }, query: { month } }))
            }
          >
            Open statement
          </Button>
          <DownloadButton
            fileName={`focus-${tenant.id}-${month}.csv`}
            read={() => client.focusCsv({ query: { month, tenant: tenant.id } })}
          >
            FOCUS CSV
          </DownloadButton>
          <Button size="xs" variant="default" onClick={() => setRerating(true)}>
            Price again
          </Button>
        </Group>
      </Group>
      <Title order={2} fz="sm" px="md" pt="xs" pb={6}>
        Adjustments
      </Title>
      <AdjustmentsTable key={month} tenantId={tenant.id} month={month} />
      <Title order={2} fz="sm" px="md" pt="xs" pb={6}>
        Closed months
      </Title>
      <Reading of={closedMonths}>
        {(all) =>
          all.length === 0 ? (
            <Blank
              icon={IconLock}
              title="No closed months yet"
              hint="A month is closed a while after its end. From then on its bill does not change; what becomes known later is part of the next one."
            />
          ) : (
            <ClosedMonths closedMonths={all} />
          )
        }
      </Reading>
    </>
  );
}

function ClosedMonths({ closedMonths }: { closedMonths: readonly ClosedMonthView[] }) {
  return (
    <DataTable
      aria-label="Closed months"
      miw={860}
      headings={[
        "Month",
        "Closed",
        figures("Entries"),
        figures("Their cost"),
        figures("Adjustments"),
        figures("Bill"),
        "SHA-256 of the entries",
      ]}
    >
      <Table.Tbody className="numbers">
        {closedMonths.map((closed) => (
          <Table.Tr key={closed.month}>
            <Table.Td fw={500}>{formatMonth(closed.month)}</Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{formatMinute(closed.closedAt)}</Table.Td>
            <Table.Td ta="right">{formatCount(closed.entries)}</Table.Td>
            <Table.Td ta="right">{formatExactUsd(closed.costUsd)}</Table.Td>
            <Table.Td ta="right" c="dimmed">
              {nanoUsdOf(closed.adjustmentsUsd) === 0n ? "–" : formatExactUsd(closed.adjustmentsUsd)}
            </Table.Td>
            <Table.Td ta="right" fw={500}>
              {formatExactUsd(closed.billUsd)}
            </Table.Td>
            <Table.Td>
              <Copyable
                value={closed.entriesSha256}
                shown={`${closed.entriesSha256.slice(0, 12)}…`}
                what="SHA-256 of the entries"
              />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </DataTable>
  );
}
