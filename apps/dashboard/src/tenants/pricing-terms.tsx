/** What becomes of a tenant's calls beyond the budget, and which markup it is charged. */
import type { TenantView } from "@caprock/contract";
import { Button, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { formatPercent } from "../format/basis-points.ts";
import { formatMinute } from "../format/time.ts";
import { TermsWindow } from "./terms-window.tsx";

export function PricingTerms({ tenant }: { tenant: TenantView }) {
  const [editing, setEditing] = useState(false);
  return (
    <Group justify="space-between" align="flex-start" px="lg" pb="lg">
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xl" flex={1}>
        <Stack gap={2}>
          <Text c="dimmed" fz="xs">
            Over-budget policy
          </Text>
          <Text fz="sm" data-testid="over-budget">
            {policyText(tenant.overBudget)}
          </Text>
        </Stack>
        <Stack gap={2}>
          <Text c="dimmed" fz="xs">
            Markup on AWS's list price
          </Text>
          {tenant.markups.length === 0 && <Text fz="sm">None: the list price is charged.</Text>}
          {tenant.markups.map(({ from, basisPoints }) => (
            <Text key={from} fz="sm" className="numbers">
              {formatPercent(basisPoints)} from {formatMinute(from)}
            </Text>
          ))}
        </Stack>
      </SimpleGrid>
      <Button size="xs" variant="default" onClick={() => setEditing(true)}>
        Change
      </Button>
      <TermsWindow tenant={tenant} opened={editing} onClose={() => setEditing(false)} />
    </Group>
  );
}

function policyText(policy: TenantView["overBudget"]): string {
  switch (policy.kind) {
    case "refuse":
      return "Refuse the call.";
    case "throttle":
      return "Throttle: wait a little for money that calls in flight may give back.";
    case "fall-back":
      return `Fall back to ${policy.modelId}.`;
  }
}
