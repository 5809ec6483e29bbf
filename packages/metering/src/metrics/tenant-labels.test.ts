import { ManualClock, type NanoUsd } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chooseTop, TenantLabels } from "./tenant-labels.ts";

const spend = (amounts: Record<string, number>) =>
  new Map(Object.entries(amounts).map(([tenantId, amount]) => [tenantId, BigInt(amount)] as const));

test("those who spend most are on top, as many as there is room for", () => {
  const chosen = chooseTop(spend({ a: 1, b: 30, c: 20, d: 0 }), new Set(), 2);
  expect([...chosen].sort()).toEqual(["b", "c"]);
  expect(chooseTop(spend({ a: 1 }), new Set(), 2).size).toBe(1);
});

test("who is on top stays until another spends a tenth more", () => {
  const incumbents = new Set(["a"]);
  expect(chooseTop(spend({ a: 100, b: 109 }), incumbents, 1)).toEqual(new Set(["a"]));
  expect(chooseTop(spend({ a: 100, b: 110 }), incumbents, 1)).toEqual(new Set(["a"]));
  expect(chooseTop(spend({ a: 100, b: 111 }), incumbents, 1)).toEqual(new Set(["b"]));
  // A month begins: nobody has spent, nobody changes.
  expect(chooseTop(spend({ a: 0, "0": 0 }), incumbents, 1)).toEqual(incumbents);
});

test("choosing again from the same spend changes nothing", () => {
  const amounts = fc.dictionary(fc.constantFrom(..."abcdefgh"), fc.nat(50));
  fc.assert(
    fc.property(amounts, fc.nat(5), (given, count) => {
      const once = chooseTop(spend(given), new Set(), count);
      expect(chooseTop(spend(given), once, count)).toEqual(once);
    }),
  );
});

test("the tenants on top are chosen every five minutes, the others are summed under one name", async () => {
  const clock = new ManualClock(0);
  let current: ReadonlyMap<string, NanoUsd> = spend({ a: 5, b: 1 });
  let reads = 0;
  const read = async () => {
    reads += 1;
    return current;
  };
  const labels = new TenantLabels({ cardinality: "top", topTenants: 1 }, read, clock);
  await labels.refresh();
  expect([labels.labelOf("a"), labels.labelOf("b"), labels.labelOf("new")]).toEqual(["a", "other", "other"]);
  current = spend({ a: 5, b: 9 });
  clock.advance(299_999);
  await labels.refresh();
  expect([labels.labelOf("b"), reads]).toEqual(["other", 1]);
  clock.advance(1);
  await labels.refresh();
  expect([labels.labelOf("a"), labels.labelOf("b"), reads]).toEqual(["other", "b", 2]);
});

test.each([
  ["all" as const, "a"],
  ["off" as const, undefined],
])("%s never asks what was spent", async (cardinality, label) => {
  const labels = new TenantLabels(
    { cardinality, topTenants: 1 },
    () => Promise.reject(new Error("asked")),
    new ManualClock(0),
  );
  await labels.refresh();
  expect(labels.labelOf("a")).toBe(label);
});
