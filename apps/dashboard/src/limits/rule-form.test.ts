import { describe, expect, it } from "vitest";
import { ruleOf, valuesOf } from "./rule-form.ts";

describe("a limit's form", () => {
  it("means the rule it was opened with", () => {
    const rules = [
      { id: "day", scope: "tenant", unit: "usd", window: "day", amount: "1250.500000000" },
      { id: "bots", scope: "application", of: "bot", unit: "tokens", window: "week", amount: 5000 },
      { id: "at-once", scope: "key", unit: "concurrency", amount: 4 },
    ] as const;
    expect(rules.map((rule) => ruleOf(valuesOf(rule, "tenant")))).toEqual([
      { ...rules[0], amount: "1250.5" },
      rules[1],
      rules[2],
    ]);
  });

  it("names nobody in particular where the whole owner is bound", () => {
    const values = { ...valuesOf(undefined, "platform"), id: " all ", of: "left over", amount: "1,000" };
    expect(ruleOf(values)).toEqual({
      id: "all",
      scope: "platform",
      unit: "usd",
      window: "day",
      amount: "1000",
    });
  });

  it("leaves what is no count for the API to refuse", () => {
    const values = { ...valuesOf(undefined, "tenant"), unit: "tokens" as const, amount: "many" };
    expect(ruleOf(values).amount).toBeNaN();
  });
});
