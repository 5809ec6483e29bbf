/** Which metrics are sent to CloudWatch, and what that and each other policy costs a month. */
import type { MetricsPolicyView } from "@caprock/contract";
import { Badge, Group, NumberInput, SimpleGrid, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";
import { useMetricsPolicy } from "../api/oversight-calls.ts";
import { formatCount } from "../format/count.ts";
import { formatUsd } from "../format/money.ts";
import { DataTable, figures } from "../ui/data-table.tsx";
import { Reading } from "../ui/reading.tsx";
import { Section } from "../ui/section.tsx";

const destinations: Record<MetricsPolicyView["destination"], string> = {
  off: "Off: nothing is sent",
  cloudwatch: "CloudWatch, by PutMetricData",
  emf: "CloudWatch, as log lines (EMF)",
};

export function MetricsSection() {
  const [tenants, setTenants] = useState<number>();
  const [models, setModels] = useState<number>();
  const policy = useMetricsPolicy({ tenants, models });
  return (
    <Section
      title="Metrics"
      about="What CloudWatch bills for custom metrics goes by the number of series. Prices are AWS's list prices."
    >
      <Reading of={policy}>
        {(read) => (
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing={0}>
            <Stack gap="md" px="lg" pb="lg">
              <Current policy={read} />
              <Group gap="sm">
                <Assumed label="Tenants" value={read.assumed.tenants} onChange={setTenants} />
                <Assumed label="Models" value={read.assumed.models} onChange={setModels} />
              </Group>
              <Text c="dimmed" fz="xs">
                What if there were more? The prices shown are for these numbers, as if every tenant used every
                model.
              </Text>
            </Stack>
            <Policies policy={read} />
          </SimpleGrid>
        )}
      </Reading>
    </Section>
  );
}

function Current({ policy }: { policy: MetricsPolicyView }) {
  const { current, destination, putCallsMonthlyUsd } = policy;
  return (
    <div>
      <Text c="dimmed" fz="sm" fw={500}>
        Now
      </Text>
      <Text fz={26} fw={600} lh={1.25} mt={4} lts="-0.02em" className="numbers">
        {current ? formatUsd(current.monthlyUsd) : "$0.00"}{" "}
        <Text span c="dimmed" fz="sm" fw={400} lts={0}>
          a month
        </Text>
      </Text>
      <Text c="dimmed" fz="xs" mt={4} className="numbers">
        {destinations[destination]}
        {current && ` · ${formatCount(current.series)} series with data in the last three hours`}
        {destination === "cloudwatch" &&
          ` · up to ${formatUsd(putCallsMonthlyUsd)} a month for the calls of each process`}
      </Text>
    </div>
  );
}

interface AssumedProps {
  readonly label: string;
  readonly value: number;
  readonly onChange: (count: number | undefined) => void;
}

function Assumed({ label, value, onChange }: AssumedProps) {
  return (
    <NumberInput
      label={label}
      size="xs"
      w={130}
      min={0}
      max={10_000_000}
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      value={value}
      onChange={(typed) => onChange(typed === "" ? undefined : Number(typed))}
    />
  );
}

function Policies({ policy }: { policy: MetricsPolicyView }) {
  const names = {
    all: "All tenants",
    top: `Top ${formatCount(policy.topTenants)} tenants`,
    off: "No tenants",
  };
  return (
    <DataTable
      aria-label="Metrics policies"
      horizontalSpacing="lg"
      miw={380}
      headings={["Policy", figures("Series at most"), figures("A month")]}
    >
      <Table.Tbody className="numbers">
        {policy.policies.map(({ cardinality, series, monthlyUsd }) => (
          <Table.Tr key={cardinality} fw={cardinality === policy.cardinality ? 600 : undefined}>
            <Table.Td>
              <Group gap={8}>
                {names[cardinality]}
                {cardinality === policy.cardinality && <Badge>in force</Badge>}
              </Group>
            </Table.Td>
            <Table.Td ta="right">{formatCount(series)}</Table.Td>
            <Table.Td ta="right">{formatUsd(monthlyUsd)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </DataTable>
  );
}
