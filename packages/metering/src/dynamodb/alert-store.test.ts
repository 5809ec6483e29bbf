import { createTables } from "@caprock/aws-local";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AlertDraft, raisedAlert } from "../alerts/alert.ts";
import { defaultAlertRules, type OwnAlertRules } from "../alerts/alert-rule-set.ts";
import type { AlertStore } from "../alerts/alert-store.ts";
import { alertRulesTable, alertsTable } from "../tables.ts";
import { MemoryAlertStore } from "../testing/memory-alert-store.ts";
import { type OpenStores, openStores, prefix } from "../testing/open-stores.ts";
import { DynamoAlertRuleStore, DynamoAlertStore } from "./alert-store.ts";

const timeoutMs = 60_000;
let stores: OpenStores;

beforeAll(async () => {
  stores = await openStores();
  await createTables(stores.client, prefix, [alertsTable, alertRulesTable]);
}, timeoutMs);
afterAll(() => stores?.close());

const alertOf = (owner: string, level: string, raisedAtMs: number, more: Partial<AlertDraft> = {}) =>
  raisedAlert(
    {
      owner,
      rule: "threshold",
      window: "2026-11",
      level,
      summary: `${level} is reached.`,
      facts: { level },
      ...more,
    },
    raisedAtMs,
  );

const kinds: [string, () => AlertStore][] = [
  ["in memory", () => new MemoryAlertStore()],
  ["in DynamoDB", () => new DynamoAlertStore(stores.client, prefix)],
];

describe.each(kinds)("alerts %s", (kind, open) => {
  const owner = `owner ${kind}`;

  test("of many who record one alert at once one does, and its first record stands", {
    timeout: timeoutMs,
  }, async () => {
    const alerts = open();
    const tries = Array.from({ length: 8 }, (_, index) => alertOf(owner, "once", 1_000 + index));
    const won = await Promise.all(tries.map((alert) => alerts.record(alert)));
    expect(won.filter(Boolean)).toHaveLength(1);
    const winner = tries[won.indexOf(true)]!;
    expect(await alerts.read(winner.id)).toEqual({
      ...winner,
      deliveries: {},
      deliverAtMs: winner.raisedAtMs,
      version: 1,
    });
    expect(await alerts.read("alert_none")).toBeUndefined();
  });

  test("of two changes at once one is refused, and what is delivered is not due", {
    timeout: timeoutMs,
  }, async () => {
    const alerts = open();
    const alert = alertOf(owner, "advance", 10);
    await alerts.record(alert);
    const record = (await alerts.read(alert.id))!;
    const pending = {
      state: "pending",
      attempts: 1,
      dueAtMs: 500,
      lastFailure: "The webhook answered 500.",
    } as const;
    const answers = await Promise.all([
      alerts.advance(record, { deliveries: { sns: pending }, deliverAtMs: 500 }),
      alerts.advance(record, { deliveries: { sns: pending }, deliverAtMs: 500 }),
    ]);
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(1);
    expect(await alerts.due(499, 100)).not.toContain(alert.id);
    expect(await alerts.due(500, 100)).toContain(alert.id);
    const claimed = (await alerts.read(alert.id))!;
    expect(claimed).toMatchObject({ version: 2, deliveries: { sns: pending } });
    const done = { state: "delivered", attempts: 1, dueAtMs: 600, deliveredAtMs: 600 } as const;
    expect(await alerts.advance(claimed, { deliveries: { sns: done } })).toMatchObject({ version: 3 });
    expect(await alerts.due(1_000_000, 100)).not.toContain(alert.id);
    expect((await alerts.read(alert.id))?.deliverAtMs).toBeUndefined();
  });

  test("they are listed newest first, page by page, of one owner", { timeout: timeoutMs }, async () => {
    const alerts = open();
    const listed = `listed ${kind}`;
    for (const at of [30, 10, 50, 20, 40]) {
      await alerts.record(alertOf(listed, `at ${at}`, at));
    }
    await alerts.record(alertOf("somebody else", kind, 60));
    const first = await alerts.list({ owner: listed, limit: 2 });
    const second = await alerts.list({ owner: listed, limit: 2, after: first.next });
    const third = await alerts.list({ owner: listed, limit: 2, after: second.next });
    expect([first, second, third].flatMap((page) => page.alerts.map(({ raisedAtMs }) => raisedAtMs))).toEqual(
      [50, 40, 30, 20, 10],
    );
    expect(third.next).toBeUndefined();
    expect((await alerts.list({ limit: 100 })).alerts.map((alert) => alert.owner)).toContain("somebody else");
  });
});

test("a page that never was is no place to continue from", { timeout: timeoutMs }, async () => {
  const alerts = new DynamoAlertStore(stores.client, prefix);
  await expect(alerts.list({ limit: 1, after: "x" })).rejects.toThrow(RangeError);
});

test("rules are read back as written, are one owner's, and replace the version before theirs alone", {
  timeout: timeoutMs,
}, async () => {
  const rules = new DynamoAlertRuleStore(stores.client, prefix);
  const quiet: OwnAlertRules = {
    ...defaultAlertRules,
    forecast: false,
    anomaly: { floorNanoUsd: 2n ** 60n },
    version: 1,
  };
  expect(await rules.read("t1")).toBeUndefined();
  expect(await rules.replace("t1", quiet)).toBe(true);
  expect(await rules.replace("t1", { ...defaultAlertRules, version: 1 })).toBe(false);
  // The same again is the SDK's own repetition.
  expect(await rules.replace("t1", quiet)).toBe(true);
  expect(await rules.read("t1")).toEqual(quiet);
  expect(await rules.read("t2")).toBeUndefined();
  expect(await rules.replace("t1", { ...defaultAlertRules, version: 3 })).toBe(false);
  expect(await rules.replace("t1", { ...defaultAlertRules, version: 2 })).toBe(true);
  expect(await rules.read("t1")).toEqual({ ...defaultAlertRules, version: 2 });
});
