/** Alerts when a tenant spends unusually much in an hour or on a day. */
import { formatUsd, type NanoUsd, shortUsd, type Tenant } from "@caprock/domain";
import { hourMs } from "../reports/usage-cell.ts";
import type { AlertDraft } from "./alert.ts";
import { findAnomaly } from "./anomaly.ts";

/** Spend by hour, each named by its start (epoch milliseconds, whole hours of UTC); hours without spend are absent. */
export type HourlySpend = ReadonlyMap<number, NanoUsd>;

const dayMs = 24 * hourMs;
/** How many days before are looked at. */
const baselineDays = 14;

/** The first instant whose spend `anomalyAlerts` asks for. */
export function anomalyHistoryStartMs(nowMs: number): number {
  return Math.floor(nowMs / dayMs) * dayMs - baselineDays * dayMs;
}

/**
 * Compares the running hour with the same hour of the fourteen days before, and the running day with the whole days
 * before (hours and days of UTC, so that no clock change shifts them). What has been spent so far can only grow, so
 * an hour need not be over to be unusual. Days before the tenant existed do not count. Each is alerted once a day.
 */
export function anomalyAlerts(
  tenant: Pick<Tenant, "id" | "createdAtMs">,
  spend: HourlySpend,
  floorNanoUsd: NanoUsd,
  nowMs: number,
): AlertDraft[] {
  const hourStartMs = Math.floor(nowMs / hourMs) * hourMs;
  const dayStartMs = Math.floor(nowMs / dayMs) * dayMs;
  const spentOn = (startMs: number): NanoUsd => {
    let sum = 0n;
    for (let hour = startMs; hour < startMs + dayMs; hour += hourMs) {
      sum += spend.get(hour) ?? 0n;
    }
    return sum;
  };
  const spentIn = (startMs: number): NanoUsd => spend.get(startMs) ?? 0n;
  return [
    { level: "hour", startMs: hourStartMs, spent: spentIn },
    { level: "day", startMs: dayStartMs, spent: spentOn },
  ].flatMap(({ level, startMs, spent }) => {
    const earlier = Array.from({ length: baselineDays }, (_, index) => startMs - (index + 1) * dayMs)
      .filter((earlierMs) => earlierMs >= tenant.createdAtMs)
      .map(spent);
    const spentNanoUsd = spent(startMs);
    const anomaly = findAnomaly(spentNanoUsd, earlier, floorNanoUsd);
    if (!anomaly) {
      return [];
    }
    const start = new Date(startMs).toISOString();
    return [
      {
        owner: tenant.id,
        rule: "anomaly" as const,
        window: new Date(dayStartMs).toISOString().slice(0, 10),
        level,
        summary: `${shortUsd(spentNanoUsd)} USD spent in the ${level} from ${start}, where ${shortUsd(anomaly.medianNanoUsd)} USD is usual.`,
        facts: {
          start,
          spentUsd: formatUsd(spentNanoUsd),
          medianUsd: formatUsd(anomaly.medianNanoUsd),
          boundUsd: formatUsd(anomaly.boundNanoUsd),
          days: String(earlier.length),
        },
      },
    ];
  });
}
