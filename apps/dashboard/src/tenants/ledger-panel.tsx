/** A tenant's ledger entries of a month, page by page; each opens into its receipt. */
import type { LedgerEntryView, TenantView } from "@caprock/contract";
import { ActionIcon, Badge, Box, Button, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconReceiptOff } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import { useLedgerPage } from "../api/queries.ts";
import { formatCount, totalTokens } from "../format/count.ts";
import { formatUnitNanoUsd, nanoUsdOf } from "../format/money.ts";
import { formatMonth } from "../format/month.ts";
import { formatDayAndTime } from "../format/time.ts";
import { SimulatedBadge } from "../ui/badges.tsx";
import { Blank } from "../ui/blank.tsx";
import { DataTable, figures, unseen } from "../ui/data-table.tsx";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { MonthPicker } from "../ui/month-picker.tsx";
import { Receipt } from "./receipt.tsx";

const entriesPerPage = 25;

export function LedgerPanel({ tenant, runningMonth }: { tenant: TenantView; runningMonth: string }) {
  const [month, setMonth] = useState(runningMonth);
  // The ends of the pages before this one: the API only knows the way forward.
  const [ends, setEnds] = useState<readonly string[]>([]);
  const page = useLedgerPage(tenant.id, { month, after: ends.at(-1), limit: entriesPerPage });
  const entries = page.data?.entries;
  const next = page.data?.next;
  const first = ends.length * entriesPerPage + 1;
  return (
    <>
      <Group justify="space-between" px="md" py="sm">
        <Text c="dimmed" fz="sm">
          Every answered request with its receipt, oldest first.
        </Text>
        <MonthPicker
          latest={runningMonth}
          value={month}
          onChange={(chosen) => {
            setMonth(chosen);
            setEnds([]);
          }}
        />
      </Group>
      {page.isError && (
        <Box px="md" pb="md">
          <FailureNotice error={page.error} retry={page.refetch} />
        </Box>
      )}
      {page.isPending && (
        <Stack px="md" pb="md">
          <Skeleton h={32} />
          <Skeleton h={32} />
          <Skeleton h={32} />
        </Stack>
      )}
      {entries?.length === 0 && <Blank icon={IconReceiptOff} title={`No entries in ${formatMonth(month)}`} />}
      {entries !== undefined && entries.length > 0 && (
        <div className={page.isPlaceholderData ? "stale" : undefined}>
          <EntryTable entries={entries} />
          <Group justify="space-between" px="md" py="sm">
            <Text fz="xs" c="dimmed" className="numbers">
              Entries {formatCount(first)} to {formatCount(first + entries.length - 1)}
            </Text>
            <Group gap="xs">
              <Button
                size="xs"
                variant="default"
                disabled={ends.length === 0}
                onClick={() => setEnds(ends.slice(0, -1))}
              >
                Previous
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={next === undefined || page.isPlaceholderData}
                onClick={() => next !== undefined && setEnds([...ends, next])}
              >
                Next
              </Button>
            </Group>
          </Group>
        </div>
      )}
    </>
  );
}

function EntryTable({ entries }: { entries: readonly LedgerEntryView[] }) {
  const [opened, setOpened] = useState<string>();
  return (
    <DataTable
      aria-label="Ledger entries"
      miw={860}
      verticalSpacing={8}
      headings={[unseen("Receipt", 40), "Arrived", "Model", "Outcome", figures("Tokens"), figures("Cost")]}
    >
      <Table.Tbody className="numbers">
        {entries.map((entry) => {
          const isOpen = opened === entry.requestId;
          return (
            <Fragment key={entry.requestId}>
              <EntryRow
                entry={entry}
                isOpen={isOpen}
                onToggle={() => setOpened(isOpen ? undefined : entry.requestId)}
              />
              {isOpen && (
                <Table.Tr className="receipt">
                  <Table.Td colSpan={6} p={0}>
                    <Receipt entry={entry} />
                  </Table.Td>
                </Table.Tr>
              )}
            </Fragment>
          );
        })}
      </Table.Tbody>
    </DataTable>
  );
}

const outcomes = {
  completed: { label: "Completed", color: "teal" },
  aborted: { label: "Aborted", color: "orange" },
  failed: { label: "Failed", color: "red" },
} as const;

function EntryRow({
  entry,
  isOpen,
  onToggle,
}: {
  entry: LedgerEntryView;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const outcome = outcomes[entry.status];
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  return (
    <Table.Tr>
      <Table.Td pr={0}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label={`Receipt of ${entry.requestId}`}
          aria-expanded={isOpen}
          onClick={onToggle}
        >
          <Chevron size={15} />
        </ActionIcon>
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{formatDayAndTime(entry.arrivedAt)}</Table.Td>
      <Table.Td ff="monospace" style={{ fontSize: 12.5 }}>
        {entry.modelId}
      </Table.Td>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <Badge color={outcome.color} variant="dot">
            {outcome.label}
          </Badge>
          {entry.estimated && (
            <Badge color="yellow" size="sm">
              estimated
            </Badge>
          )}
          {entry.simulated && <SimulatedBadge />}
        </Group>
      </Table.Td>
      <Table.Td ta="right">{formatCount(totalTokens(entry.tokens))}</Table.Td>
      <Table.Td ta="right" fw={500}>
        {formatUnitNanoUsd(nanoUsdOf(entry.costUsd))}
      </Table.Td>
    </Table.Tr>
  );
}
