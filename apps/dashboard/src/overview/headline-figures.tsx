/** The month in five figures. */
import type { UsageSummaryView } from "@caprock/contract";
import { SimpleGrid } from "@mantine/core";
import { formatCount, formatShort, totalTokens } from "../format/count.ts";
import {
  formatNanoUsd,
  formatShare,
  formatUnitNanoUsd,
  formatUsd,
  nanoUsdOf,
  shareOf,
  sumNanoUsd,
} from "../format/money.ts";
import { StatCard } from "../ui/stat-card.tsx";

export function HeadlineFigures({ usage }: { usage: UsageSummaryView | undefined }) {
  const figures = usage && figuresOf(usage);
  return (
    <SimpleGrid cols={{ base: 2, md: 5 }} spacing="md">
      <StatCard name="Spend" value={figures?.spend} about={figures?.perRequest} />
      <StatCard name="Held now" value={figures?.held} about="For calls not yet settled" />
      <StatCard name="Share of caps" value={figures?.share} about={figures?.caps} />
      <StatCard name="Requests" value={figures?.requests} about={figures?.activeTenants} />
      <StatCard name="Tokens" value={figures?.tokens} about={figures?.tokenClasses} />
    </SimpleGrid>
  );
}

function figuresOf({ totals, tenants }: UsageSummaryView) {
  const spent = nanoUsdOf(totals.costUsd);
  const caps = sumNanoUsd(tenants.map(({ capUsd }) => capUsd));
  const { output } = totals.tokens;
  const active = tenants.filter(({ requests }) => requests > 0).length;
  return {
    spend: formatNanoUsd(spent),
    perRequest:
      totals.requests === 0
        ? "No requests yet"
        : `${formatUnitNanoUsd(spent / BigInt(totals.requests))} per request`,
    held: formatUsd(totals.heldUsd),
    share: formatShare(shareOf(spent, caps)),
    caps: `of ${formatNanoUsd(caps)} over all tenants`,
    requests: formatCount(totals.requests),
    activeTenants: `from ${active} of ${tenants.length} tenants`,
    tokens: formatShort(totalTokens(totals.tokens)),
    tokenClasses: `${formatShort(totalTokens(totals.tokens) - output)} in · ${formatShort(output)} out`,
  };
}
