import { ManualClock } from "@caprock/domain";
import { expect, test } from "vitest";
import { limitsAt } from "../testing/admission-request.ts";
import { MemoryAlertStore } from "../testing/memory-alert-store.ts";
import { tenantWith } from "../testing/open-stores.ts";
import { AlertRaiser } from "./alert-raiser.ts";
import { defaultAlertRules, type WatchedLimits } from "./alert-rule-set.ts";
import { evaluateThresholds } from "./evaluate-alerts.ts";

const nowMs = Date.parse("2026-11-22T12:00:00Z");
const tenant = tenantWith("t000000000001", {
  monthlyCapNanoUsd: 1_000n,
  rules: [
    { id: "per-key", scope: "key", unit: "tokens", window: "week", amount: 100n },
    { id: "per-app", scope: "application", unit: "nanoUsd", window: "day", amount: 100n },
    { id: "bot", scope: "application", of: "bot", unit: "nanoUsd", window: "day", amount: 1_000n },
    { id: "opus", scope: "model", of: "vendor.opus", unit: "requests", window: "month", amount: 100n },
    { id: "burst", scope: "key", unit: "requests", window: "minute", amount: 1n },
  ],
});

/** Every account has used as much: 85. Resolves with the summaries' facts of what was raised. */
async function raisedBy(limits: WatchedLimits) {
  const clock = new ManualClock(nowMs);
  const store = new MemoryAlertStore();
  const read: string[] = [];
  const raised = await evaluateThresholds({
    tenants: async () => [tenant],
    partsOf: async () => ({
      applications: ["site", "bot"],
      apiKeyIds: ["k000000000001", "k000000000002"],
    }),
    platformLimits: async () => ({ rules: [], overrides: [], timeZone: "UTC", version: 0 }),
    accounts: {
      read: async (accountId) => {
        read.push(accountId);
        return { settled: 85n, holds: [], grants: [] } as never;
      },
    },
    rules: {
      read: async () => ({
        ...defaultAlertRules,
        thresholds: { percents: [80], counting: "settled", limits },
        version: 1,
      }),
    },
    raiser: new AlertRaiser(store, clock),
    clock,
    onFailure: (_, error) => {
      throw error;
    },
  });
  const facts = [...store.records.values()].map((alert) => alert.facts);
  expect(facts).toHaveLength(raised);
  return { facts, read };
}

test("applications, keys and models by name alert, each by itself, where parts are watched", async () => {
  const { facts } = await raisedBy("parts");
  expect(facts.map(({ limit, key, application, model }) => [limit, key ?? application ?? model])).toEqual([
    ["per-key", "k000000000001"],
    ["per-key", "k000000000002"],
    // Of the bot 85 are not 80 % of its own 1,000.
    ["per-app", "site"],
    ["opus", "vendor.opus"],
  ]);
});

test("parts are not looked at unless they are watched", async () => {
  expect((await raisedBy("all")).facts).toEqual([]);
  expect((await raisedBy("monthly-cap")).read).toHaveLength(1);
});

test("what is watched of a part is the account that its calls are held on", async () => {
  const { read } = await raisedBy("parts");
  const held = ["site", "bot"].flatMap((application) =>
    limitsAt(tenant, nowMs, { application, apiKeyId: "k000000000001", modelId: "vendor.opus" })
      .filter(({ window }) => window?.kind !== "minute")
      .map(({ accountId }) => accountId),
  );
  expect(read).toEqual(expect.arrayContaining(held));
});
