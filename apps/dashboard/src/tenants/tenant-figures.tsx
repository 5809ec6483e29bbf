/** Where one tenant stands in the running month. */
import type { TenantView, UsageSummaryView } from "@caprock/contract";
import { Card, Group, SimpleGrid, Skeleton, Text } from "@mantine/core";
import { useStandings } from "../api/limit-calls.ts";
import { formatCount, formatShort, totalTokens } from "../format/count.ts";
import { formatNanoUsd, formatShare, nanoUsdOf, shareOf } from "../format/money.ts";
import { SpendBar } from "../ui/spend-bar.tsx";
import { StatCard } from "../ui/stat-card.tsx";

interface TenantFiguresProps {
  readonly tenant: TenantView;
  readonly usage: UsageSummaryView | undefined;
}

const nothing = {
  costUsd: "0",
  heldUsd: "0",
  requests: 0,
  tokens: { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 },
};

export function TenantFigures({ tenant, usage }: TenantFiguresProps) {
  const standings = useStandings(tenant.id, {});
  // An override may be in force instead of the tenant's own cap.
  const inForce = standings.data?.find(
    ({ owner, limitId }) => owner === "tenant" && limitId === "monthly-cap",
  )?.limit;
  const used = usage && (usage.tenants.find(({ tenantId }) => tenantId === tenant.id) ?? nothing);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
      <Card padding="md" component="section" aria-label="Spend this month">
        <Text c="dimmed" fz="sm" fw={500}>
          Spend this month
        </Text>
        {used ? (
          <CapState
            name={tenant.name}
            cap={nanoUsdOf(String(inForce ?? tenant.monthlyCapUsd))}
            spent={nanoUsdOf(used.costUsd)}
            held={nanoUsdOf(used.heldUsd)}
          />
        ) : (
          <Skeleton h={58} mt={8} />
        )}
      </Card>
      <SimpleGrid cols={{ base: 2, xs: 3 }} spacing="md">
        <StatCard name="Requests" value={used && formatCount(used.requests)} about="this month" />
        <StatCard name="Tokens" value={used && formatShort(totalTokens(used.tokens))} about="this month" />
        <StatCard
          name="Rate limit"
          value={formatCount(tenant.requestsPerMinute)}
          about="requests per minute"
        />
      </SimpleGrid>
    </SimpleGrid>
  );
}

interface CapStateProps {
  readonly name: string;
  readonly cap: bigint;
  readonly spent: bigint;
  readonly held: bigint;
}

function CapState({ name, cap, spent, held }: CapStateProps) {
  const left = cap - spent - held;
  return (
    <>
      <Group justify="space-between" align="baseline" mt={4} mb={10} className="numbers">
        <Text fz={26} fw={600} lh={1.25} lts="-0.02em">
          {formatNanoUsd(spent)}{" "}
          <Text span c="dimmed" fz="sm" fw={400} lts={0}>
            of {formatNanoUsd(cap)} · {formatShare(shareOf(spent, cap))}
          </Text>
        </Text>
        <Text c="dimmed" fz="xs">
          {held > 0n && `${formatNanoUsd(held)} held · `}
          {left > 0n ? `${formatNanoUsd(left)} left` : "nothing left"}
        </Text>
      </Group>
      <SpendBar name={name} spentNanoUsd={spent} heldNanoUsd={held} capNanoUsd={cap} />
    </>
  );
}
