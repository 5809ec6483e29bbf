/** The card around the chart: per day or summed up, and what it shows while there is nothing. */
import type { UsageSummaryView } from "@caprock/contract";
import { Card, Group, SegmentedControl, Skeleton, Text, Title } from "@mantine/core";
import { IconChartBarOff } from "@tabler/icons-react";
import { lazy, type PropsWithChildren, Suspense, useState } from "react";
import { chartColors } from "../theme.ts";
import { Blank } from "../ui/blank.tsx";
import { spendByDay } from "./series.ts";

const SpendChart = lazy(() => import("./spend-chart.tsx").then((module) => ({ default: module.SpendChart })));

const placeholder = <Skeleton h={290} />;

interface SpendChartCardProps {
  readonly usage: UsageSummaryView | undefined;
  /** Whose days they are; undefined for each tenant's own. */
  readonly timeZone: string | undefined;
}

/** `children` are controls beside its own. */
export function SpendChartCard({ usage, timeZone, children }: PropsWithChildren<SpendChartCardProps>) {
  const [shown, setShown] = useState("daily");
  return (
    <Card component="section" aria-labelledby="spend-over-time">
      <Group justify="space-between" mb="md">
        <div>
          <Title order={2} fz="md" id="spend-over-time">
            Spend over time by model
          </Title>
          <Text c="dimmed" fz="xs">
            {timeZone === undefined ? "Days in each tenant's own time zone" : `Days in ${timeZone}`}
          </Text>
        </div>
        <Group gap="xs">
          {children}
          <SegmentedControl
            aria-label="How to show spend over time"
            size="xs"
            value={shown}
            onChange={setShown}
            data={[
              { value: "daily", label: "Per day" },
              { value: "cumulative", label: "Cumulative" },
            ]}
          />
        </Group>
      </Group>
      {usage === undefined ? (
        placeholder
      ) : usage.series.length === 0 ? (
        <Blank
          icon={IconChartBarOff}
          title="No spend in this month"
          hint="Each answered request appears here once it is settled, usually within a second."
        />
      ) : (
        <Suspense fallback={placeholder}>
          <SpendChart
            spend={spendByDay(usage.series, usage.month, chartColors.length)}
            cumulative={shown === "cumulative"}
            lastDay={lastDayOf(usage)}
          />
        </Suspense>
      )}
    </Card>
  );
}

/** Today for the running month, east of UTC perhaps tomorrow; for an earlier month its end and beyond. */
function lastDayOf({ generatedAt, series }: UsageSummaryView): string {
  const days = [generatedAt.slice(0, 10), ...series.map(({ day }) => day)];
  return days.sort().at(-1) ?? "";
}
