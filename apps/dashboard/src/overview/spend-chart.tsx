/** Spend by day and model as stacked bars, or summed up as areas. The only file that loads the chart library. */
import "@mantine/charts/styles.css";
import { AreaChart, BarChart } from "@mantine/charts";
import { Divider, Group, Paper, Stack, Text } from "@mantine/core";
import { formatNanoUsd, usdNumberOf } from "../format/money.ts";
import { formatDayOfMonth } from "../format/month.ts";
import { groupColor } from "../theme.ts";
import { runningTotals, type SpendByDay, type SpendDay, type SpendGroup } from "./series.ts";

interface SpendChartProps {
  readonly spend: SpendByDay;
  readonly cumulative: boolean;
  /** The last day that has begun; running totals end there. */
  readonly lastDay: string;
}

const heightPx = 270;
const margin = { top: 8, right: 4, bottom: 0, left: 0 };

export function SpendChart({ spend, cumulative, lastDay }: SpendChartProps) {
  const days = cumulative ? runningTotals(spend.days, lastDay) : spend.days;
  const byDay = new Map(days.map((day) => [day.day, day]));
  const props = {
    h: heightPx,
    data: days.map(rowOf),
    dataKey: "day",
    // Groups are addressed by position: the chart library reads a dot in a key as a path.
    series: spend.groups.map(({ label }, index) => ({
      name: `group${index}`,
      label,
      color: groupColor(index),
    })),
    gridColor: "var(--chart-grid)",
    gridAxis: "x" as const,
    tickLine: "none" as const,
    strokeDasharray: "0",
    xAxisProps: { minTickGap: 24, tickFormatter: formatDayOfMonth, tickMargin: 8 },
    yAxisProps: { width: 64, tickFormatter: formatAxis },
    tooltipProps: {
      content: ({ label }: { label?: unknown }) => (
        <DayTooltip groups={spend.groups} day={byDay.get(String(label))} cumulative={cumulative} />
      ),
    },
  };
  return (
    <>
      {cumulative ? (
        <AreaChart
          {...props}
          type="stacked"
          curveType="monotone"
          withDots={false}
          strokeWidth={1.5}
          fillOpacity={0.35}
          areaProps={{ isAnimationActive: false }}
          areaChartProps={{ margin }}
        />
      ) : (
        <BarChart
          {...props}
          type="stacked"
          maxBarWidth={26}
          barProps={{ isAnimationActive: false }}
          barChartProps={{ margin }}
        />
      )}
      <Group component="ul" aria-label="Models" gap="sm" m={0} mt="md" p={0} pl={64}>
        {spend.groups.map(({ label }, index) => (
          <Group component="li" key={label} gap={7} wrap="nowrap" style={{ listStyle: "none" }}>
            <Swatch color={groupColor(index)} />
            <Text fz="xs">{label}</Text>
          </Group>
        ))}
      </Group>
    </>
  );
}

function rowOf({ day, costNanoUsd }: SpendDay): Record<string, string | number> {
  return {
    day,
    ...Object.fromEntries(costNanoUsd.map((cost, index) => [`group${index}`, usdNumberOf(cost)])),
  };
}

function formatAxis(usd: number): string {
  return usd >= 1000 ? `$${usd / 1000}K` : `$${Number(usd.toPrecision(3))}`;
}

interface DayTooltipProps {
  readonly groups: readonly SpendGroup[];
  readonly day: SpendDay | undefined;
  readonly cumulative: boolean;
}

function DayTooltip({ groups, day, cumulative }: DayTooltipProps) {
  if (!day) {
    return null;
  }
  const total = day.costNanoUsd.reduce((sum, cost) => sum + cost, 0n);
  return (
    <Paper px="sm" py="xs" shadow="md" miw={210}>
      <Group justify="space-between" gap="xl" wrap="nowrap">
        <Text fz="sm" fw={600}>
          {cumulative ? `Up to ${formatDayOfMonth(day.day)}` : formatDayOfMonth(day.day)}
        </Text>
        <Text fz="sm" fw={600} className="numbers">
          {formatNanoUsd(total)}
        </Text>
      </Group>
      {total > 0n && <Divider my={6} />}
      <Stack gap={3}>
        {groups.map(({ label }, index) => {
          const cost = day.costNanoUsd[index] ?? 0n;
          return cost === 0n ? null : (
            <Group key={label} justify="space-between" gap="xl" wrap="nowrap">
              <Group gap={7} wrap="nowrap">
                <Swatch color={groupColor(index)} />
                <Text fz="xs">{label}</Text>
              </Group>
              <Text fz="xs" className="numbers">
                {formatNanoUsd(cost)}
              </Text>
            </Group>
          );
        })}
      </Stack>
    </Paper>
  );
}

function Swatch({ color }: { color: string }) {
  return <span style={{ width: 8, height: 8, borderRadius: 2, background: color }} />;
}
