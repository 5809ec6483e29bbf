/** Reads an alarm's datapoints from the metrics and tells the state that they make. */
import { type Alarm, type AlarmConfiguration, statisticName } from "./alarm.ts";
import { type AlarmState, comparisons, extraPeriods, judge } from "./judge.ts";
import type { MetricStore } from "./metric-store.ts";
import { findStatistic } from "./statistics.ts";

export interface Verdict {
  readonly state: AlarmState;
  readonly reason: string;
  /** JSON. */
  readonly reasonData: string;
}

/** Alarms look at whole intervals: of a minute, or of their period when it is shorter. */
export function lastIntervalEndMs({ Period }: AlarmConfiguration, nowMs: number): number {
  return nowMs - (nowMs % (Math.min(Period, 60) * 1_000));
}

/** The state of the alarm by the data at `nowMs`; undefined when it keeps the one that it has. */
export function evaluateAlarm(
  { configuration }: Alarm,
  store: MetricStore,
  nowMs: number,
): Verdict | undefined {
  const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods, Threshold, Unit } = configuration;
  const missing = configuration.TreatMissingData ?? "missing";
  const periodMs = configuration.Period * 1_000;
  const endMs = lastIntervalEndMs(configuration, nowMs);
  const count = EvaluationPeriods + extraPeriods;
  const startMs = endMs - count * periodMs;
  const periods = store.periods(configuration, Unit, startMs, endMs, periodMs);
  const statistic = findStatistic(statisticName(configuration));
  // Newest first, as the rules have them.
  const values = Array.from({ length: count }, (_, age) => {
    const summary = periods.get(endMs - (age + 1) * periodMs);
    return summary && statistic?.(summary);
  });
  const compare = comparisons[configuration.ComparisonOperator];
  const breaching = values.map((value) => (value === undefined ? undefined : compare(value, Threshold)));
  const state = judge(breaching, EvaluationPeriods, DatapointsToAlarm, missing);
  const real = values.filter((value) => value !== undefined).slice(0, EvaluationPeriods);
  return (
    state && {
      state,
      reason: reasonOf(state, real, configuration, DatapointsToAlarm),
      reasonData: JSON.stringify({
        version: "1.0",
        queryDate: awsTime(nowMs),
        startDate: awsTime(startMs),
        statistic: statisticName(configuration),
        period: configuration.Period,
        recentDatapoints: real.toReversed(),
        threshold: Threshold,
      }),
    }
  );
}

/** A time as alarm messages write it. */
export function awsTime(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "+0000");
}

const crossings = {
  GreaterThanOrEqualToThreshold: "greater than or equal to",
  GreaterThanThreshold: "greater than",
  LessThanThreshold: "less than",
  LessThanOrEqualToThreshold: "less than or equal to",
};

function reasonOf(
  state: AlarmState,
  real: readonly number[],
  { EvaluationPeriods, ComparisonOperator, Threshold, TreatMissingData }: AlarmConfiguration,
  needed: number,
): string {
  if (state === "INSUFFICIENT_DATA") {
    return `Insufficient Data: ${EvaluationPeriods} datapoints were unknown.`;
  }
  const absent = EvaluationPeriods - real.length;
  const filled = absent > 0 && TreatMissingData?.endsWith("reaching");
  const treated = filled ? ` ${absent} missing datapoints were treated as [${TreatMissingData}].` : "";
  if (real.length === 0) {
    return `Threshold Crossed: no datapoints were received for ${EvaluationPeriods} periods.${treated}`;
  }
  const compare = comparisons[ComparisonOperator];
  const breaching = real.filter((value) => compare(value, Threshold)).length;
  const [count, not] = state === "ALARM" ? [breaching, ""] : [real.length - breaching, "not "];
  return (
    `Threshold Crossed: ${count} out of the last ${real.length} datapoints [${real.join(", ")}] were ${not}` +
    `${crossings[ComparisonOperator]} the threshold (${Threshold}) (minimum ${needed} of ${EvaluationPeriods} for ALARM).${treated}`
  );
}
