/** Made-up traffic is believable and repeatable. */
import { expect, test } from "vitest";
import { demoTenants } from "./demo-tenants.ts";
import { callsOf, type Workload } from "./traffic.ts";

const sundayNoonMs = Date.UTC(2026, 10, 22, 12);
const days = 30;
const workload: Workload = {
  invokeId: "amazon.nova-lite-v1:0",
  wire: "openai.chat",
  callsPerDay: 40,
  weekendShare: 0,
  growth: 2,
  typical: { input: 1_000, output: 100 },
};

test("the same seed gives the same calls, in the order of their arrival, none of them in the future", () => {
  const workloads = demoTenants.flatMap((tenant) => tenant.workloads);
  const calls = callsOf(workloads, sundayNoonMs, days, 1);
  expect(callsOf(workloads, sundayNoonMs, days, 1)).toEqual(calls);
  expect(callsOf(workloads, sundayNoonMs, days, 2)).not.toEqual(calls);
  const arrivals = calls.map(({ arrivedAtMs }) => arrivedAtMs);
  expect(arrivals).toEqual([...arrivals].sort((a, b) => a - b));
  expect(Math.max(...arrivals)).toBeLessThan(sundayNoonMs);
  expect(Math.min(...arrivals)).toBeGreaterThanOrEqual(Date.UTC(2026, 9, 24));
});

test("an application that rests at weekends calls on working days only, and grows", () => {
  const calls = callsOf([workload], sundayNoonMs, days, 1);
  const weekdays = new Set(calls.map(({ arrivedAtMs }) => new Date(arrivedAtMs).getUTCDay()));
  expect([...weekdays].sort()).toEqual([1, 2, 3, 4, 5]);
  const half = Date.UTC(2026, 10, 8);
  const before = calls.filter(({ arrivedAtMs }) => arrivedAtMs < half).length;
  expect(calls.length - before).toBeGreaterThan(before);
});
