/** Shapes the month's spend by day and model for the chart: the models that cost most, and the rest as one. */
import type { UsageSummaryView } from "@caprock/contract";
import { nanoUsdOf } from "../format/money.ts";
import { daysOf } from "../format/month.ts";

type SeriesPoint = UsageSummaryView["series"][number];

export interface ModelSpend {
  readonly modelId: string;
  readonly costNanoUsd: bigint;
  readonly requests: number;
}

/** One colour of the chart. `modelIds` has more than one model only for the rest. */
export interface SpendGroup {
  readonly label: string;
  readonly modelIds: readonly string[];
}

/** One bar of the chart: the cost of each group, in the order of the groups. */
export interface SpendDay {
  readonly day: string;
  readonly costNanoUsd: readonly bigint[];
}

export interface SpendByDay {
  readonly groups: readonly SpendGroup[];
  readonly days: readonly SpendDay[];
}

/** Cost and requests of each model over the month, the most expensive first; equal ones by id. */
export function spendByModel(series: readonly SeriesPoint[]): ModelSpend[] {
  const models = new Map<string, ModelSpend>();
  for (const { modelId, costUsd, requests } of series) {
    const sum = models.get(modelId);
    models.set(modelId, {
      modelId,
      costNanoUsd: (sum?.costNanoUsd ?? 0n) + nanoUsdOf(costUsd),
      requests: (sum?.requests ?? 0) + requests,
    });
  }
  return [...models.values()].sort(
    (a, b) => compare(b.costNanoUsd, a.costNanoUsd) || compare(a.modelId, b.modelId),
  );
}

/**
 * Every day of the month with the cost of the `most` most expensive models; all others are one more group.
 * Nothing is lost: the groups of all days add up to the series.
 */
export function spendByDay(series: readonly SeriesPoint[], month: string, most: number): SpendByDay {
  const modelIds = spendByModel(series).map(({ modelId }) => modelId);
  const rest = modelIds.slice(most);
  const groups: SpendGroup[] = modelIds.slice(0, most).map((modelId) => ({
    label: shortModelName(modelId),
    modelIds: [modelId],
  }));
  if (rest.length > 0) {
    groups.push({ label: rest.length === 1 ? "1 other" : `${rest.length} others`, modelIds: rest });
  }
  const groupOf = new Map(groups.flatMap((group, index) => group.modelIds.map((id) => [id, index] as const)));
  const costs = new Map(daysOf(month).map((day) => [day, groups.map(() => 0n)]));
  for (const { day, modelId, costUsd } of series) {
    const index = groupOf.get(modelId) ?? 0;
    // A tenant's month can reach a day beyond the edge of the one asked for; its cost must not vanish.
    const ofDay = costs.get(day) ?? groups.map(() => 0n);
    ofDay[index] = (ofDay[index] ?? 0n) + nanoUsdOf(costUsd);
    costs.set(day, ofDay);
  }
  const days = [...costs].map(([day, costNanoUsd]) => ({ day, costNanoUsd }));
  return { groups, days: days.sort((a, b) => compare(a.day, b.day)) };
}

/** The same days, each with everything spent up to its end. Days after `lastDay` are left out. */
export function runningTotals(days: readonly SpendDay[], lastDay: string): SpendDay[] {
  let sum: readonly bigint[] = [];
  return days
    .filter(({ day }) => day <= lastDay)
    .map(({ day, costNanoUsd }) => {
      sum = costNanoUsd.map((cost, index) => cost + (sum[index] ?? 0n));
      return { day, costNanoUsd: sum };
    });
}

/** "claude-sonnet-5" for "anthropic.claude-sonnet-5": the vendor says little where room is short. */
export function shortModelName(modelId: string): string {
  return modelId.replace(/^[a-z0-9]+\.(?=[a-z])/, "");
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
