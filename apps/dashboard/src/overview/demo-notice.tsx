/** Says when the figures above contain traffic of tenants that nobody asked for. */
import type { UsageSummaryView } from "@caprock/contract";
import { Alert, Text } from "@mantine/core";
import { IconFlask } from "@tabler/icons-react";
import { formatNanoUsd, nanoUsdOf, sumNanoUsd } from "../format/money.ts";

interface DemoNoticeProps {
  readonly usage: UsageSummaryView;
  readonly demoTenantIds: ReadonlySet<string>;
}

export function DemoNotice({ usage, demoTenantIds }: DemoNoticeProps) {
  const demo = usage.tenants.filter(({ tenantId, requests }) => demoTenantIds.has(tenantId) && requests > 0);
  if (demo.length === 0) {
    return null;
  }
  const spent = nanoUsdOf(usage.totals.costUsd);
  const spentByDemo = sumNanoUsd(demo.map(({ costUsd }) => costUsd));
  return (
    <Alert color="grape" variant="light" icon={<IconFlask size={18} />} py="xs" role="note">
      <Text fz="sm">
        <b>Contains demo traffic.</b>{" "}
        {spentByDemo === spent ? "All" : `${formatNanoUsd(spentByDemo)} of ${formatNanoUsd(spent)}`} of this
        month's spend is from tenants marked “demo”, which Caprock made to show itself.
      </Text>
    </Alert>
  );
}
