/** What the month has cost, who spent it and on what, and where it is heading. */
import { SimpleGrid, Stack } from "@mantine/core";
import { useSearchParams } from "react-router";
import { useTenants, useUsage } from "../api/queries.ts";
import { PageHeader } from "../layout/page-header.tsx";
import { FailureNotice } from "../ui/failure-notice.tsx";
import { MonthPicker } from "../ui/month-picker.tsx";
import { TimeZonePicker } from "../ui/time-zone-picker.tsx";
import { UpdatedAt } from "../ui/updated-at.tsx";
import { DemoNotice } from "./demo-notice.tsx";
import { ForecastCard } from "./forecast-card.tsx";
import { HeadlineFigures } from "./headline-figures.tsx";
import { ModelSpend } from "./model-spend.tsx";
import { MonthDownloads } from "./month-downloads.tsx";
import { MoversCard } from "./movers-card.tsx";
import { SpendChartCard } from "./spend-chart-card.tsx";
import { TenantSpend } from "./tenant-spend.tsx";

export function OverviewPage() {
  const [address, setAddress] = useSearchParams();
  const chosenMonth = address.get("month") ?? undefined;
  const timeZone = address.get("timeZone") ?? undefined;
  const choose = (name: "month" | "timeZone", value: string | undefined) =>
    setAddress(
      (before) => {
        before.delete(name);
        return value === undefined ? before : new URLSearchParams([...before, [name, value]]);
      },
      { replace: true },
    );
  const running = useUsage(undefined);
  // Cards, chart and tables are all made from this one answer, so that none can contradict another.
  const chosen = useUsage(chosenMonth, timeZone);
  const tenants = useTenants();
  const usage = chosen.data;
  const latest = running.data?.month;
  const demoTenantIds = new Set(tenants.data?.filter(({ demo }) => demo).map(({ id }) => id));

  return (
    <>
      <PageHeader title="Overview" about="What every tenant spends on Amazon Bedrock, against its cap.">
        {usage && (
          <UpdatedAt generatedAt={usage.generatedAt} failing={chosen.isError || chosen.failureCount > 0} />
        )}
        <TimeZonePicker
          zones={tenants.data?.map((tenant) => tenant.timeZone) ?? []}
          value={timeZone}
          onChange={(zone) => choose("timeZone", zone)}
        />
        {latest !== undefined && (
          <MonthPicker
            latest={latest}
            value={chosenMonth ?? latest}
            onChange={(month) => choose("month", month === latest ? undefined : month)}
          />
        )}
      </PageHeader>
      <Stack gap="md">
        {chosen.isError && <FailureNotice error={chosen.error} retry={chosen.refetch} />}
        {!(chosen.isError && !usage) && (
          <Stack gap="md" className={chosen.isPlaceholderData ? "stale" : undefined}>
            {usage && <DemoNotice usage={usage} demoTenantIds={demoTenantIds} />}
            <HeadlineFigures usage={usage} />
            <SpendChartCard usage={usage} timeZone={timeZone}>
              {usage && <MonthDownloads month={usage.month} timeZone={timeZone} />}
            </SpendChartCard>
            <TenantSpend usage={usage} demoTenantIds={demoTenantIds} timeZone={timeZone} />
            <ModelSpend usage={usage} />
          </Stack>
        )}
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md" style={{ alignItems: "start" }}>
          <ForecastCard tenants={tenants.data} />
          {usage && <MoversCard month={usage.month} timeZone={timeZone} tenants={tenants.data} />}
        </SimpleGrid>
      </Stack>
    </>
  );
}
