import type { SpendForecastView } from "@caprock/contract";
import { describe, expect, it } from "vitest";
import { byUrgency, sumForecasts } from "./forecast.ts";

const forecast = (tenantId: string, outlook?: SpendForecastView["outlook"]): SpendForecastView => ({
  tenantId,
  month: "2026-11",
  monthEnd: "2026-12-01T00:00:00.000Z",
  capUsd: "10.000000000",
  spentUsd: "1.000000001",
  ...(outlook && { outlook }),
  historyHours: 400,
  neededHours: 72,
});
const outlook = { method: "weekly" as const, lowUsd: "2.000000000", highUsd: "4.000000000" };

describe("the forecast of all tenants", () => {
  it("adds up exactly, with what was spent by those that have no outlook", () => {
    expect(sumForecasts([forecast("a", { ...outlook, costUsd: "3.000000001" }), forecast("b")])).toEqual({
      costNanoUsd: 4_000_000_002n,
      lowNanoUsd: 3_000_000_001n,
      highNanoUsd: 5_000_000_001n,
      capNanoUsd: 20_000_000_000n,
      withoutOutlook: 1,
    });
  });

  it("is ordered by when caps are reached, then by cost, the unknown last", () => {
    const late = forecast("late", { ...outlook, costUsd: "9.0", exhaustedAt: "2026-11-29T00:00:00.000Z" });
    const soon = forecast("soon", { ...outlook, costUsd: "3.0", exhaustedAt: "2026-11-24T00:00:00.000Z" });
    const dear = forecast("dear", { ...outlook, costUsd: "8.0" });
    const cheap = forecast("cheap", { ...outlook, costUsd: "1.0" });
    const sorted = [forecast("unknown"), cheap, dear, late, soon].sort(byUrgency);
    expect(sorted.map(({ tenantId }) => tenantId)).toEqual(["soon", "late", "dear", "cheap", "unknown"]);
  });
});
