/** The parts that several CloudWatch requests share: metric names, dimensions, units, times. */
import { z } from "zod";

export const metricName = z.string().min(1).max(255);
export const namespace = z.string().min(1).max(255).regex(/^[^:]/);

const units = ["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"];
const sizes = ["Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"];
const bits = ["Bits", "Kilobits", "Megabits", "Gigabits", "Terabits"];
export const unit = z.enum([...units, ...[...sizes, ...bits].flatMap((size) => [size, `${size}/Second`])]);

export const dimensions = z
  .array(z.strictObject({ Name: z.string().min(1).max(255), Value: z.string().min(1).max(1024) }))
  .max(30)
  .refine((all) => new Set(all.map(({ Name }) => Name)).size === all.length, {
    error: "No metric may specify the same dimension name twice.",
  });

/** Epoch seconds on the wire, milliseconds here. */
export const timestampMs = z.number().transform((seconds) => Math.round(seconds * 1_000));

/** A metric: its exact set of dimensions is part of its name. */
export const metric = z.strictObject({
  Namespace: namespace,
  MetricName: metricName,
  Dimensions: dimensions.default([]),
});

export type Metric = z.infer<typeof metric>;

/** The same text for the same metric, in whatever order its dimensions come. */
export function metricKey({ Namespace, MetricName, Dimensions }: Metric): string {
  const sorted = Dimensions.map(({ Name, Value }) => [Name, Value]).sort();
  return JSON.stringify([Namespace, MetricName, sorted]);
}
