/** Reconciliations with their verdict and drift; each opens into its components and its worst differences. */
import type { ReconciliationView } from "@caprock/contract";
import { ActionIcon, Badge, Box, SimpleGrid, Table, Text } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import { formatCount } from "../format/count.ts";
import { formatExactUsd, nanoUsdOf } from "../format/money.ts";
import { formatMinute } from "../format/time.ts";
import { DataTable, figures, unseen } from "../ui/data-table.tsx";

type Report = NonNullable<ReconciliationView["report"]>;

const verdicts: Record<Report["verdict"], { label: string; color: string }> = {
  agrees: { label: "Agrees", color: "teal" },
  "within-tolerance": { label: "Within tolerance", color: "teal" },
  drifts: { label: "Drifts", color: "red" },
  silent: { label: "Silent", color: "orange" },
};
const sources: Record<ReconciliationView["source"], string> = {
  "invocation-log": "Invocation log",
  "billing-export": "AWS bill",
};
const states = {
  requested: { label: "Requested", color: "gray" },
  failed: { label: "Failed", color: "red" },
};

export function ReconciliationTable({ reconciliations }: { reconciliations: readonly ReconciliationView[] }) {
  const [opened, setOpened] = useState<string>();
  return (
    <DataTable
      aria-label="Reconciliations"
      miw={760}
      verticalSpacing={8}
      headings={[
        unseen("Details", 40),
        "Range",
        "Against",
        "Verdict",
        figures("Compared"),
        figures("Differences"),
        figures("Drift"),
      ]}
    >
      <Table.Tbody className="numbers">
        {reconciliations.map((reconciliation) => {
          const { id, report } = reconciliation;
          const isOpen = opened === id;
          return (
            <Fragment key={id}>
              <Row
                reconciliation={reconciliation}
                isOpen={isOpen}
                onToggle={() => setOpened(isOpen ? undefined : id)}
              />
              {isOpen && report && (
                <Table.Tr className="receipt">
                  <Table.Td colSpan={7} p={0}>
                    <Details report={report} />
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

interface RowProps {
  readonly reconciliation: ReconciliationView;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function Row({ reconciliation, isOpen, onToggle }: RowProps) {
  const { id, start, end, source, state, report } = reconciliation;
  const verdict = report ? verdicts[report.verdict] : state === "done" ? undefined : states[state];
  const Chevron = isOpen ? IconChevronDown : IconChevronRight;
  const differences = report && Object.values(report.differences).reduce((sum, count) => sum + count, 0);
  return (
    <Table.Tr>
      <Table.Td pr={0}>
        {report && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`Details of ${id}`}
            aria-expanded={isOpen}
            onClick={onToggle}
          >
            <Chevron size={15} />
          </ActionIcon>
        )}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        {formatMinute(start)} – {formatMinute(end)}
      </Table.Td>
      <Table.Td>{sources[source]}</Table.Td>
      <Table.Td>
        {verdict && (
          <Badge color={verdict.color} variant="dot">
            {verdict.label}
          </Badge>
        )}
      </Table.Td>
      <Table.Td ta="right">{report ? formatCount(report.checked) : "–"}</Table.Td>
      <Table.Td ta="right">{differences === undefined ? "–" : formatCount(differences)}</Table.Td>
      <Table.Td ta="right" fw={500} c={report && nanoUsdOf(report.driftUsd) > 0n ? "red" : undefined}>
        {report ? formatExactUsd(report.driftUsd) : "–"}
      </Table.Td>
    </Table.Tr>
  );
}

function Details({ report }: { report: Report }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" px="lg" py="md">
      <Table aria-label="Drift by component" verticalSpacing={6} horizontalSpacing="sm">
        <Table.Thead className="table-head">
          <Table.Tr>
            <Table.Th>Component</Table.Th>
            <Table.Th ta="right">Ledger</Table.Th>
            <Table.Th ta="right">AWS</Table.Th>
            <Table.Th ta="right">Drift</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.components.map(({ component, ledgerUsd, otherUsd, driftUsd, ledgerCount, otherCount }) => (
            <Table.Tr key={component}>
              <Table.Td>{component}</Table.Td>
              <Amount usd={ledgerUsd} count={ledgerCount} />
              <Amount usd={otherUsd} count={otherCount} />
              <Table.Td ta="right">{formatExactUsd(driftUsd)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Box>
        <Text fz="xs" c="dimmed" fw={500} mb={6}>
          Worst differences
        </Text>
        {report.worst.length === 0 && <Text fz="sm">None.</Text>}
        {report.worst.map(({ kind, tenantId, modelId, requestId, day, driftUsd }) => (
          <Text key={`${kind} ${tenantId} ${modelId} ${requestId ?? day ?? ""}`} fz="xs" mb={4}>
            {kind} · {requestId ?? day} · {tenantId} · {modelId} · {formatExactUsd(driftUsd)}
          </Text>
        ))}
        {report.unreadable > 0 && (
          <Text fz="xs" c="red" mt={6}>
            {formatCount(report.unreadable)} lines made no sense and count on neither side.
          </Text>
        )}
      </Box>
    </SimpleGrid>
  );
}

/** Counts may be beyond what a number holds exactly. */
function Amount({ usd, count }: { usd: string; count: string }) {
  return (
    <Table.Td ta="right">
      {formatExactUsd(usd)}
      <Text fz="xs" c="dimmed">
        {BigInt(count).toLocaleString("en-US")}
      </Text>
    </Table.Td>
  );
}
