import type { LimitRule } from "@caprock/domain";
import { expect, test } from "vitest";
import { checkLimitRules } from "./check-limit-rules.ts";

const rule = (over: Partial<LimitRule> = {}): LimitRule => ({
  id: "a",
  scope: "application",
  unit: "tokens",
  window: "day",
  amount: 1n,
  ...over,
});
const without = ({ window: _, ...rest }: LimitRule): LimitRule => rest;

test("rules of every scope, unit and window that bind different things stand side by side", () => {
  const rules = [
    rule(),
    rule({ id: "b", of: "bot" }),
    rule({ id: "c", window: "week" }),
    rule({ id: "d", unit: "nanoUsd" }),
    rule({ id: "e", scope: "model", of: "vendor.model-v1:0" }),
    rule({ id: "f", scope: "key", of: "k0123456789ab" }),
    rule({ id: "g", scope: "tenant", unit: "nanoUsd", window: "day" }),
    rule({ id: "h", scope: "tenant", unit: "requests", window: "month" }),
    without(rule({ id: "i", scope: "tenant", unit: "concurrency", amount: 0n })),
  ];
  expect(checkLimitRules(rules, "tenant")).toBeUndefined();
  expect(
    checkLimitRules([rule({ scope: "platform" }), rule({ id: "b", scope: "model" })], "platform"),
  ).toBeUndefined();
});

test.each<[string, Partial<LimitRule>, string]>([
  ["an id with capitals", { id: "Night" }, "id"],
  ["the id of the monthly cap", { id: "monthly-cap" }, "id"],
  ["an id twice", { id: "first", window: "week" }, "id"],
  ["the platform's scope in a tenant's limits", { scope: "platform" }, "scope"],
  ["what an earlier rule limits already", { scope: "key", of: "k0123456789ab" }, "scope"],
  ["a negative amount", { amount: -1n }, "amount"],
  ["a window for calls at once", { unit: "concurrency" }, "window"],
  ["no window for tokens", { window: undefined } as unknown as Partial<LimitRule>, "window"],
  ["a part of the tenant as a whole", { scope: "tenant", of: "bot" }, "of"],
  ["an application with a #", { of: "a#b" }, "of"],
  ["a key's name for its id", { scope: "key", of: "production" }, "of"],
])("%s is refused, and the answer names the member", (_, over, member) => {
  const first = rule({ id: "first", scope: "key", of: "k0123456789ab" });
  expect(checkLimitRules([first, rule(over)], "tenant")).toMatchObject({
    refused: {
      code: "invalid_request",
      param: `rules[1].${member}`,
      message: expect.stringContaining("rules[1]."),
    },
  });
});

test("what the tenant's own fields limit is not limited by a rule again, and the answer names the field", () => {
  const cap = rule({ scope: "tenant", unit: "nanoUsd", window: "month" });
  const rate = rule({ scope: "tenant", unit: "requests", window: "minute" });
  expect(checkLimitRules([cap], "tenant")?.refused.message).toContain("monthlyCapUsd");
  expect(checkLimitRules([rate], "tenant")?.refused.message).toContain("requestsPerMinute");
});

test("scopes of one tenant have no place in the platform's limits", () => {
  for (const scope of ["tenant", "application", "key"] as const) {
    expect(checkLimitRules([rule({ scope })], "platform")).toMatchObject({
      refused: { param: "rules[0].scope" },
    });
  }
});

test("more rules than a call can be held under are refused", () => {
  const many = Array.from({ length: 51 }, (_, index) => rule({ id: `r${index}`, of: `app${index}` }));
  expect(checkLimitRules(many.slice(1), "tenant")).toBeUndefined();
  expect(checkLimitRules(many, "tenant")).toMatchObject({ refused: { param: "rules" } });
});
