/** The rules by which an alarm's datapoints make its state, missing ones included. Pure. */

export const states = ["OK", "ALARM", "INSUFFICIENT_DATA"] as const;
export type AlarmState = (typeof states)[number];

export const missingDataRules = ["missing", "ignore", "breaching", "notBreaching"] as const;
export type MissingDataRule = (typeof missingDataRules)[number];

export const comparisons = {
  GreaterThanOrEqualToThreshold: (value: number, threshold: number) => value >= threshold,
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
  LessThanOrEqualToThreshold: (value: number, threshold: number) => value <= threshold,
};

/**
 * How many periods beyond the evaluation periods are looked at for datapoints. AWS does not tell the number; its
 * examples look at five for three, and so does this.
 */
export const extraPeriods = 2;

/**
 * The state of an alarm that needs `needed` breaching ones of its last `evaluated` datapoints; undefined keeps the state
 * that it has. `breaching` tells of each period, newest first, whether it breached, undefined where data is missing; it
 * has `extraPeriods` more than `evaluated`. After "How alarm state is evaluated when data is missing" and "Avoiding
 * premature transitions to alarm state" in the CloudWatch user guide.
 */
export function judge(
  breaching: readonly (boolean | undefined)[],
  evaluated: number,
  needed: number,
  missing: MissingDataRule,
): AlarmState | undefined {
  const real = breaching.filter((one) => one !== undefined);
  const gaps = Math.max(0, evaluated - real.length);
  const latest = real.slice(0, evaluated).filter(Boolean).length;
  if (real.length === 0 && missing === "missing") {
    return "INSUFFICIENT_DATA";
  }
  if (real.length === 0 && missing === "ignore") {
    return undefined;
  }
  if (latest + (missing === "breaching" ? gaps : 0) >= needed) {
    return "ALARM";
  }
  const premature = gaps > 0 && !real.includes(false) && breaching.lastIndexOf(true) + 1 >= needed;
  if (premature && missing === "missing") {
    return "ALARM";
  }
  return premature && missing === "ignore" ? undefined : "OK";
}
