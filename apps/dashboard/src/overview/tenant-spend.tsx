/** What each tenant has spent of its cap, the closest to it first. */
import type { UsageSummaryView } from "@caprock/contract";
import { Box, Card, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { Link } from "react-router";
import { formatNanoUsd, formatShare, nanoUsdOf, shareOf } from "../format/money.ts";
import { DemoBadge, StatusBadge } from "../ui/badges.tsx";
import { Blank } from "../ui/blank.tsx";
import { SpendBar } from "../ui/spend-bar.tsx";

interface TenantSpendProps {
  readonly usage: UsageSummaryView | undefined;
  readonly demoTenantIds: ReadonlySet<string>;
  /** Whose month it is; undefined for each tenant's own, which is the one that its cap is for. */
  readonly timeZone: string | undefined;
}

export function TenantSpend({ usage, demoTenantIds, timeZone }: TenantSpendProps) {
  return (
    <Card component="section" aria-labelledby="spend-per-tenant" padding={0}>
      <Box px="lg" pt="lg" pb="sm">
        <Title order={2} fz="md" id="spend-per-tenant">
          Spend per tenant against its cap
        </Title>
        {timeZone !== undefined && (
          <Text c="dimmed" fz="xs" mt={2}>
            The month in {timeZone}. Caps are for the month in each tenant's own time zone, so that hours at
            the edges of the month may count to another cap.
          </Text>
        )}
      </Box>
      {usage === undefined ? (
        <Stack px="lg" pb="lg">
          <Skeleton h={30} />
          <Skeleton h={30} />
          <Skeleton h={30} />
        </Stack>
      ) : usage.tenants.length === 0 ? (
        <Blank icon={IconUsers} title="No tenants yet" hint="Create the first one on the Tenants page." />
      ) : (
        <div>
          <div className="spend-grid head" aria-hidden="true">
            <Heading>Tenant</Heading>
            <Heading>Spent and held, of the cap</Heading>
            <Heading right>Spent of cap</Heading>
            <Heading right>Share</Heading>
            <Heading right>Held</Heading>
          </div>
          {[...usage.tenants].sort(byCloseness).map((tenant) => (
            <TenantRow key={tenant.tenantId} tenant={tenant} demo={demoTenantIds.has(tenant.tenantId)} />
          ))}
        </div>
      )}
    </Card>
  );
}

type TenantUsage = UsageSummaryView["tenants"][number];

function TenantRow({ tenant, demo }: { tenant: TenantUsage; demo: boolean }) {
  const spent = nanoUsdOf(tenant.costUsd);
  const held = nanoUsdOf(tenant.heldUsd);
  const cap = nanoUsdOf(tenant.capUsd);
  return (
    <div className="spend-grid" data-tenant={tenant.tenantId}>
      <Group gap={8} wrap="nowrap" miw={0}>
        <Text fz="sm" fw={500} truncate>
          <Link className="plain-link" to={`/tenants/${tenant.tenantId}`}>
            {tenant.name}
          </Link>
        </Text>
        {demo && <DemoBadge />}
        {tenant.status === "suspended" && <StatusBadge status="suspended" />}
      </Group>
      <div className="bar">
        <SpendBar name={tenant.name} spentNanoUsd={spent} heldNanoUsd={held} capNanoUsd={cap} />
      </div>
      <Text fz="sm" ta="right" className="numbers">
        {formatNanoUsd(spent)}{" "}
        <Text span c="dimmed" inherit>
          of {formatNanoUsd(cap)}
        </Text>
      </Text>
      <Text fz="sm" ta="right" fw={500} className="numbers" visibleFrom="sm">
        {formatShare(shareOf(spent, cap))}
      </Text>
      <Text fz="sm" ta="right" c="dimmed" className="numbers" visibleFrom="sm">
        {held === 0n ? "–" : formatNanoUsd(held)}
      </Text>
    </div>
  );
}

function Heading({ children, right }: { children: string; right?: boolean }) {
  return (
    <Text fz="xs" fw={500} c="dimmed" ta={right ? "right" : "left"}>
      {children}
    </Text>
  );
}

function byCloseness(a: TenantUsage, b: TenantUsage): number {
  const closeness = (tenant: TenantUsage) =>
    shareOf(nanoUsdOf(tenant.costUsd) + nanoUsdOf(tenant.heldUsd), nanoUsdOf(tenant.capUsd));
  return closeness(b) - closeness(a) || a.name.localeCompare(b.name);
}
