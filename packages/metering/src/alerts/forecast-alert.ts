/** Alerts when a month is forecast to end above its cap. */
import { formatUsd, type NanoUsd, shortUsd } from "@caprock/domain";
import type { Limit } from "../limits.ts";
import type { AlertDraft } from "./alert.ts";

/** What is expected of a tenant's running month. */
export interface MonthForecast {
  readonly spentNanoUsd: NanoUsd;
  readonly monthEndNanoUsd: NanoUsd;
  /** When the cap is expected to be used up (epoch milliseconds), if within the month. */
  readonly exhaustedAtMs?: number;
}

const dayMs = 86_400_000;

/** A draft when the forecast is above the cap, but what was spent is not yet: from there on thresholds speak. */
export function forecastAlert(
  { owner, window, amount }: Limit,
  { spentNanoUsd, monthEndNanoUsd, exhaustedAtMs }: MonthForecast,
  nowMs: number,
): AlertDraft | undefined {
  if (window === undefined || monthEndNanoUsd <= amount || spentNanoUsd >= amount) {
    return undefined;
  }
  const daysLeft = Math.ceil((window.endMs - nowMs) / dayMs);
  return {
    owner,
    rule: "forecast",
    window: window.label,
    level: `${amount}`,
    summary: `${window.label} is forecast to end at ${shortUsd(monthEndNanoUsd)} USD, above the cap of ${shortUsd(amount)} USD, with ${daysLeft} days left.`,
    facts: {
      spentUsd: formatUsd(spentNanoUsd),
      forecastUsd: formatUsd(monthEndNanoUsd),
      capUsd: formatUsd(amount),
      daysLeft: String(daysLeft),
      ...(exhaustedAtMs === undefined ? {} : { exhaustedAt: new Date(exhaustedAtMs).toISOString() }),
    },
  };
}
