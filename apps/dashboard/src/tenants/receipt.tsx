/** How the cost of one request came about: token classes times rates. */
import type { LedgerEntryView } from "@caprock/contract";
import { Box, Group, SimpleGrid, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { formatPercent } from "../format/basis-points.ts";
import { formatCount } from "../format/count.ts";
import { formatExactCost, formatExactProduct, formatExactUsd } from "../format/money.ts";
import { formatDayAndTime, formatElapsed } from "../format/time.ts";
import { Copyable } from "../ui/copyable.tsx";

const classNames: Record<string, string> = {
  input: "Input",
  cacheRead: "Cache read",
  cacheWrite5m: "Cache write, 5 min",
  cacheWrite1h: "Cache write, 1 h",
  output: "Output",
};

export function Receipt({ entry }: { entry: LedgerEntryView }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" px={56} py="md">
      <Box>
        <Table aria-label="Receipt" verticalSpacing={6} horizontalSpacing="sm">
          <Table.Thead className="table-head">
            <Table.Tr>
              <Table.Th>Token class</Table.Th>
              <Table.Th ta="right">Tokens</Table.Th>
              <Table.Th ta="right">Per million</Table.Th>
              <Table.Th ta="right">Cost</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {entry.lines.map(({ tokenClass, tokens, usdPerMillionTokens }) => (
              <Table.Tr key={tokenClass}>
                <Table.Td>{classNames[tokenClass] ?? tokenClass}</Table.Td>
                <Table.Td ta="right">{formatCount(tokens)}</Table.Td>
                <Table.Td ta="right" c="dimmed">
                  {formatExactUsd(usdPerMillionTokens)}
                </Table.Td>
                <Table.Td ta="right">{formatExactCost(tokens, usdPerMillionTokens)}</Table.Td>
              </Table.Tr>
            ))}
            {entry.unitLines.map(({ unit, count, usdEach }) => (
              <Table.Tr key={unit}>
                <Table.Td>{unit}</Table.Td>
                <Table.Td ta="right">{formatCount(count)}</Table.Td>
                <Table.Td ta="right" c="dimmed">
                  {formatExactUsd(usdEach)} each
                </Table.Td>
                <Table.Td ta="right">{formatExactProduct(count, usdEach)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot>
            {entry.markupBasisPoints !== 0 && (
              <Table.Tr>
                <Table.Td colSpan={3}>
                  At AWS's list price, before the markup of {formatPercent(entry.markupBasisPoints)}
                </Table.Td>
                <Table.Td ta="right">{formatExactUsd(entry.listCostUsd)}</Table.Td>
              </Table.Tr>
            )}
            <Table.Tr>
              <Table.Th colSpan={3} fw={500}>
                Charged
                <Text span c="dimmed" fz="xs" fw={400} ml={8}>
                  rounded up to the nano-dollar
                </Text>
              </Table.Th>
              <Table.Th ta="right" fw={600}>
                {formatExactUsd(entry.costUsd)}
              </Table.Th>
            </Table.Tr>
          </Table.Tfoot>
        </Table>
      </Box>
      <Box component="dl" m={0}>
        <Fact name="Request">
          <Copyable value={entry.requestId} what="request id" />
        </Fact>
        <Fact name="Key">
          <Copyable value={entry.apiKeyId} what="key id" />
        </Fact>
        <Fact name="Application">{entry.application}</Fact>
        <Fact name="Invoked">{entry.invokedId}</Fact>
        <Fact name="Wire">{entry.wire}</Fact>
        <Fact name="Service tier">{entry.serviceTier}</Fact>
        <Fact name="Price book">{entry.priceBookVersion}</Fact>
        <Fact name="Settled">
          {formatDayAndTime(entry.settledAt)}, {formatElapsed(entry.arrivedAt, entry.settledAt)} after it
          arrived
        </Fact>
      </Box>
    </SimpleGrid>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Group gap="sm" wrap="nowrap" py={3} align="baseline">
      <Text component="dt" fz="xs" c="dimmed" w={92} style={{ flex: "none" }}>
        {name}
      </Text>
      <Text component="dd" fz="sm" m={0}>
        {children}
      </Text>
    </Group>
  );
}
