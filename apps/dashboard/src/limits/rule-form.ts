/** What the form of a limit holds, and the rule that it means. */
import type { LimitRuleView, WireUnit } from "@caprock/contract";
import type { NewRules } from "../api/limit-calls.ts";
import { plainAmount } from "./amount.ts";
import { typedCount, typedUsd } from "./typed-amount.ts";

type Scope = LimitRuleView["scope"];
type Window = Exclude<LimitRuleView, { unit: "concurrency" }>["window"];

export const scopes: Record<"tenant" | "platform", readonly Scope[]> = {
  tenant: ["tenant", "application", "key", "model"],
  platform: ["platform", "model"],
};
export const units: readonly { value: WireUnit; label: string }[] = [
  { value: "usd", label: "USD" },
  { value: "tokens", label: "Tokens" },
  { value: "requests", label: "Requests" },
  { value: "concurrency", label: "Calls at once" },
];
export const windows: readonly Window[] = ["minute", "day", "week", "month"];

export interface RuleValues {
  readonly id: string;
  readonly scope: Scope;
  /** Empty for each one by itself. */
  readonly of: string;
  readonly unit: WireUnit;
  readonly window: Window;
  readonly amount: string;
}

/** What the form begins with: the rule's values, or those of a new one. */
export function valuesOf(rule: LimitRuleView | undefined, owner: "tenant" | "platform"): RuleValues {
  return rule
    ? {
        id: rule.id,
        scope: rule.scope,
        of: rule.of ?? "",
        unit: rule.unit,
        window: rule.unit === "concurrency" ? "month" : rule.window,
        amount: plainAmount(rule.unit, rule.amount),
      }
    : { id: "", scope: owner, of: "", unit: "usd", window: "day", amount: "" };
}

/** The rule as the API takes it: calls at once have no window, and the owner as a whole is nobody in particular. */
export function ruleOf({ id, scope, of, unit, window, amount }: RuleValues): NewRules[number] {
  const named = scope === "tenant" || scope === "platform" ? "" : of.trim();
  const bound = { id: id.trim(), scope, ...(named === "" ? {} : { of: named }) };
  switch (unit) {
    case "usd":
      return { ...bound, unit, window, amount: typedUsd(amount) };
    case "concurrency":
      return { ...bound, unit, amount: typedCount(amount) };
    default:
      return { ...bound, unit, window, amount: typedCount(amount) };
  }
}
