/** What admins did to a tenant or the platform, and whether the record of it is whole. */
import type { AuditEntryView, AuditReportView } from "@caprock/contract";
import { Alert, Badge, Code, Group, Table, Text } from "@mantine/core";
import { IconHistory, IconShieldCheck, IconShieldX } from "@tabler/icons-react";
import { useAuditPage, useAuditReport } from "../api/oversight-calls.ts";
import { formatCount } from "../format/count.ts";
import { formatDayAndTime } from "../format/time.ts";
import { Blank } from "../ui/blank.tsx";
import { Copyable } from "../ui/copyable.tsx";
import { DataTable, figures } from "../ui/data-table.tsx";
import { Pager, usePages } from "../ui/pager.tsx";
import { Reading } from "../ui/reading.tsx";

const entriesPerPage = 25;

/** `owner` is a tenant's id, or "platform". */
export function AuditPanel({ owner }: { owner: string }) {
  const pages = usePages<number>();
  const page = useAuditPage(owner, { before: pages.cursor, limit: entriesPerPage });
  const report = useAuditReport(owner);
  return (
    <>
      <Reading of={report} lines={1}>
        {(read) => <Verdict report={read} />}
      </Reading>
      <Reading of={page}>
        {({ entries, next }) =>
          entries.length === 0 ? (
            <Blank icon={IconHistory} title="Nothing was changed yet" />
          ) : (
            <>
              <EntryTable entries={entries} />
              <Pager pages={pages} next={next} />
            </>
          )
        }
      </Reading>
    </>
  );
}

function Verdict({ report: { valid, intactEntries, head, firstBroken } }: { report: AuditReportView }) {
  const Icon = valid ? IconShieldCheck : IconShieldX;
  return (
    <Alert
      m="md"
      py="xs"
      color={valid ? "teal" : "red"}
      variant="light"
      icon={<Icon size={18} />}
      role={valid ? "note" : "alert"}
    >
      <Group gap="sm">
        <Text fz="sm" data-testid="audit-verdict">
          {valid ? "Verified: " : "Broken: "}
          {formatCount(intactEntries)} {intactEntries === 1 ? "entry" : "entries"} intact
          {firstBroken && `, then entry ${firstBroken.sequence} is ${firstBroken.fault}`}.
        </Text>
        {head && (
          <Copyable value={head.hash} shown={`head ${head.hash.slice(0, 12)}…`} what="hash of the head" />
        )}
      </Group>
    </Alert>
  );
}

function EntryTable({ entries }: { entries: readonly AuditEntryView[] }) {
  return (
    <DataTable
      aria-label="Audit log"
      miw={1000}
      verticalSpacing={8}
      headings={[figures("#"), "When", "Who", "Action", "Asked for"]}
    >
      <Table.Tbody>
        {entries.map((entry) => (
          <Table.Tr key={entry.sequence} style={{ verticalAlign: "top" }}>
            <Table.Td ta="right" c="dimmed" className="numbers">
              {entry.sequence}
            </Table.Td>
            <Table.Td className="numbers" style={{ whiteSpace: "nowrap" }}>
              {formatDayAndTime(entry.at)}
            </Table.Td>
            <Table.Td style={{ whiteSpace: "nowrap" }}>{entry.actor}</Table.Td>
            <Table.Td>
              <Badge color="gray">{entry.action}</Badge>
            </Table.Td>
            <Table.Td miw={460}>
              <Code fz={12} style={{ overflowWrap: "anywhere", whiteSpace: "pre-wrap" }}>
                {JSON.stringify(entry.change)}
              </Code>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </DataTable>
  );
}
