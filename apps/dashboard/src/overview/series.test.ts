import { describe, expect, it } from "vitest";
import { sumNanoUsd } from "../format/money.ts";
import { runningTotals, shortModelName, spendByDay, spendByModel } from "./series.ts";

const point = (day: string, modelId: string, costUsd: string, requests = 1) => ({
  day,
  modelId,
  costUsd,
  requests,
});

const series = [
  point("2026-11-02", "amazon.nova-lite", "0.500000001", 3),
  point("2026-11-01", "anthropic.claude-sonnet-5", "4.000000000", 2),
  point("2026-11-01", "amazon.nova-lite", "0.100000000", 1),
  point("2026-11-02", "mistral.ministral", "0.000000007", 9),
  point("2026-11-03", "qwen.qwen3", "0.000000007", 9),
];

describe("spend by model", () => {
  it("adds the days up, most expensive first, equal ones by id", () => {
    expect(spendByModel(series)).toEqual([
      { modelId: "anthropic.claude-sonnet-5", costNanoUsd: 4_000_000_000n, requests: 2 },
      { modelId: "amazon.nova-lite", costNanoUsd: 600_000_001n, requests: 4 },
      { modelId: "mistral.ministral", costNanoUsd: 7n, requests: 9 },
      { modelId: "qwen.qwen3", costNanoUsd: 7n, requests: 9 },
    ]);
  });
});

describe("spend by day", () => {
  it("keeps the most expensive models apart and joins the rest", () => {
    const { groups, days } = spendByDay(series, "2026-11", 2);
    expect(groups).toEqual([
      { label: "claude-sonnet-5", modelIds: ["anthropic.claude-sonnet-5"] },
      { label: "nova-lite", modelIds: ["amazon.nova-lite"] },
      { label: "2 others", modelIds: ["mistral.ministral", "qwen.qwen3"] },
    ]);
    expect(days).toHaveLength(30);
    expect(days[0]).toEqual({ day: "2026-11-01", costNanoUsd: [4_000_000_000n, 100_000_000n, 0n] });
    expect(days[1]).toEqual({ day: "2026-11-02", costNanoUsd: [0n, 500_000_001n, 7n] });
  });

  it("makes no group for the rest when every model fits", () => {
    expect(spendByDay(series, "2026-11", 4).groups).toHaveLength(4);
  });

  it("loses nothing, not even a day beyond the edge of the month", () => {
    const beyond = [...series, point("2026-12-01", "qwen.qwen3", "0.25")];
    for (const most of [0, 1, 2, 6]) {
      const shown = spendByDay(beyond, "2026-11", most).days.flatMap(({ costNanoUsd }) => costNanoUsd);
      expect(shown.reduce((sum, cost) => sum + cost, 0n)).toBe(
        sumNanoUsd(beyond.map(({ costUsd }) => costUsd)),
      );
    }
  });

  it("shows a month without traffic as days that cost nothing", () => {
    const { groups, days } = spendByDay([], "2026-02", 6);
    expect(groups).toEqual([]);
    expect(days).toHaveLength(28);
  });
});

describe("running totals", () => {
  it("never fall, end with the sum, and stop at the last day", () => {
    const { days } = spendByDay(series, "2026-11", 2);
    const totals = runningTotals(days, "2026-11-04");
    expect(totals.map(({ day }) => day)).toEqual(["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"]);
    expect(totals.at(-1)?.costNanoUsd).toEqual([4_000_000_000n, 600_000_001n, 14n]);
  });
});

describe("a model's short name", () => {
  it("drops the vendor and nothing else", () => {
    expect(shortModelName("anthropic.claude-sonnet-5")).toBe("claude-sonnet-5");
    expect(shortModelName("amazon.nova-lite-v1:0")).toBe("nova-lite-v1:0");
    expect(shortModelName("custom-1.5")).toBe("custom-1.5");
    expect(shortModelName("plain")).toBe("plain");
  });
});
