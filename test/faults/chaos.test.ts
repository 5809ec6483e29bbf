/** The chaos run, short enough for every commit: whatever happens at once, the books are exact afterwards. */
import { expect, test } from "vitest";
import { runChaos } from "../load/chaos/run-chaos.ts";

test("kills, faults, aborts and edits at once: nothing is overspent meanwhile, nothing lost or held afterwards", async () => {
  const { chronicle, log } = await runChaos({
    seed: 7,
    durationMs: 10_000,
    apis: 2,
    clients: 16,
    busyClients: 8,
    mostPauseMs: 4_000,
    holdTtlMs: 8_000,
    logDelayMs: 500,
    logGraceMs: 2_000,
    killsMs: [2_000, 4_000],
    expectedCalls: 200,
  });
  expect(chronicle.violations, `${chronicle.table()}\n${log.join("\n")}`).toEqual([]);
  // Something has happened. How many calls grants let through depends on how fast the machine is.
  expect(chronicle.total("kills")).toBeGreaterThan(0);
  expect(chronicle.of("ends", "answered")).toBeGreaterThan(0);
  expect(chronicle.of("audit", "ledger entries")).toBe(chronicle.of("audit", "calls that Bedrock served"));
}, 240_000);
