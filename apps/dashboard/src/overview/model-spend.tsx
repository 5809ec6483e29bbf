/** What each model cost in the month. */
import type { UsageSummaryView } from "@caprock/contract";
import { Card, Group, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { IconCpu } from "@tabler/icons-react";
import { formatCount } from "../format/count.ts";
import { formatNanoUsd, formatShare, formatUnitNanoUsd, shareOf } from "../format/money.ts";
import { groupColor } from "../theme.ts";
import { Blank } from "../ui/blank.tsx";
import { DataTable, figures } from "../ui/data-table.tsx";
import { spendByModel } from "./series.ts";

export function ModelSpend({ usage }: { usage: UsageSummaryView | undefined }) {
  const models = usage && spendByModel(usage.series);
  const total = models?.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n) ?? 0n;
  return (
    <Card component="section" aria-labelledby="spend-by-model" padding={0}>
      <Title order={2} fz="md" id="spend-by-model" px="lg" pt="lg" pb="sm">
        Spend by model
      </Title>
      {models === undefined ? (
        <Stack px="lg" pb="lg">
          <Skeleton h={30} />
          <Skeleton h={30} />
          <Skeleton h={30} />
        </Stack>
      ) : models.length === 0 ? (
        <Blank icon={IconCpu} title="No model was called" />
      ) : (
        <DataTable
          aria-labelledby="spend-by-model"
          verticalSpacing={10}
          horizontalSpacing="lg"
          miw={420}
          headings={[
            "Model",
            figures("Requests"),
            figures("Per request"),
            figures("Spend"),
            figures("Share"),
          ]}
        >
          <Table.Tbody className="numbers">
            {models.map(({ modelId, costNanoUsd, requests }, index) => (
              <Table.Tr key={modelId}>
                <Table.Td>
                  <Group gap={10} wrap="nowrap">
                    <span
                      style={{
                        flex: "none",
                        width: 9,
                        height: 9,
                        borderRadius: 2,
                        background: groupColor(index),
                      }}
                    />
                    <Text fz="sm" ff="monospace" style={{ fontSize: 12.5 }}>
                      {modelId}
                    </Text>
                  </Group>
                </Table.Td>
                <Table.Td ta="right">{formatCount(requests)}</Table.Td>
                <Table.Td ta="right" c="dimmed">
                  {requests === 0 ? "–" : formatUnitNanoUsd(costNanoUsd / BigInt(requests))}
                </Table.Td>
                <Table.Td ta="right" fw={500}>
                  {formatNanoUsd(costNanoUsd)}
                </Table.Td>
                <Table.Td ta="right" c="dimmed">
                  {formatShare(shareOf(costNanoUsd, total))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
          <Table.Tfoot className="numbers">
            <Table.Tr fw={600}>
              <Table.Td>Total</Table.Td>
              <Table.Td ta="right">
                {formatCount(models.reduce((sum, { requests }) => sum + requests, 0))}
              </Table.Td>
              <Table.Td />
              <Table.Td ta="right">{formatNanoUsd(total)}</Table.Td>
              <Table.Td />
            </Table.Tr>
          </Table.Tfoot>
        </DataTable>
      )}
    </Card>
  );
}
