/** An alarm: what PutMetricAlarm asks for, and the state it is in. */
import { z } from "zod";
import { comparisons, missingDataRules, states } from "./judge.ts";
import { dimensions, metricName, namespace, unit } from "./metric-request.ts";

const actions = z.array(z.string().min(1).max(1024)).max(5).default([]);

/** What an alarm is configured with; the members' names are CloudWatch's. */
export const alarmConfiguration = z.strictObject({
  AlarmName: z.string().min(1).max(255),
  AlarmDescription: z.string().max(1024).optional(),
  ActionsEnabled: z.boolean().default(true),
  OKActions: actions,
  AlarmActions: actions,
  InsufficientDataActions: actions,
  Namespace: namespace,
  MetricName: metricName,
  Dimensions: dimensions.default([]),
  Statistic: z.enum(["SampleCount", "Average", "Sum", "Minimum", "Maximum"]).optional(),
  ExtendedStatistic: z.string().optional(),
  Unit: unit.optional(),
  Period: z
    .number()
    .int()
    .refine((seconds) => [10, 20, 30].includes(seconds) || (seconds >= 60 && seconds % 60 === 0), {
      error: "an alarm's period is 10, 20, 30 or a multiple of 60 seconds.",
    }),
  EvaluationPeriods: z.number().int().min(1),
  DatapointsToAlarm: z.number().int().min(1).optional(),
  Threshold: z.number(),
  ComparisonOperator: z.enum(Object.keys(comparisons) as [keyof typeof comparisons]),
  TreatMissingData: z.enum(missingDataRules).optional(),
  EvaluateLowSampleCountPercentile: z.enum(["evaluate", "ignore"]).optional(),
});

export const alarmSchema = z.object({
  configuration: alarmConfiguration,
  configuredAtMs: z.number(),
  state: z.enum(states),
  reason: z.string(),
  /** JSON. */
  reasonData: z.string().optional(),
  stateSinceMs: z.number(),
  /** When the reason was last renewed. */
  updatedAtMs: z.number(),
});

export type AlarmConfiguration = z.infer<typeof alarmConfiguration>;
export type Alarm = z.infer<typeof alarmSchema>;

/** The statistic an alarm watches, by the name that findStatistic knows. */
export function statisticName({ Statistic, ExtendedStatistic }: AlarmConfiguration): string {
  return Statistic ?? ExtendedStatistic ?? "";
}
