import { formatUsd } from "@caprock/domain";
import { expect, test } from "vitest";
import { metricsReadPrice, monthlyMetricPrice, putCallsPrice, seriesUnder } from "./metric-price.ts";

// By hand from the tiers: 10,000 at $0.30, then 240,000 at $0.10, 750,000 at $0.05, the rest at $0.02.
test.each([
  [0, "0.000000000"],
  [1, "0.300000000"],
  [10_000, "3000.000000000"],
  [10_001, "3000.100000000"],
  // 1,000 tenants x 10 models x 8 metrics: 3,000 + 70,000 x 0.10
  [80_000, "10000.000000000"],
  // 3,000 + 24,000
  [250_000, "27000.000000000"],
  // 3,000 + 24,000 + 37,500
  [1_000_000, "64500.000000000"],
  // 64,500 + 20
  [1_001_000, "64520.000000000"],
])("%i series cost $%s a month", (series, usd) => {
  expect(formatUsd(monthlyMetricPrice(series))).toBe(usd);
});

test("calls and metrics read cost a cent a thousand", () => {
  expect(formatUsd(putCallsPrice(259_200))).toBe("2.592000000");
  expect(formatUsd(metricsReadPrice(7))).toBe("0.000070000");
});

test("a policy makes its tenants x its models, its tenants and its models, times ten metrics", () => {
  const under = (cardinality: "all" | "top" | "off", tenants = 1_000) =>
    seriesUnder({ cardinality, topTenants: 20 }, tenants, 10);
  expect(under("all")).toBe((10 + 1_000 + 10_000) * 10);
  // Twenty, and those that are summed under `other`.
  expect(under("top")).toBe((10 + 21 + 210) * 10);
  expect(under("top", 20)).toBe((10 + 20 + 200) * 10);
  expect(under("off")).toBe(10 * 10);
});
