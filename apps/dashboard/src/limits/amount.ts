/** Amounts of limits on screen: USD are exact, everything else is counted. */
import type { LimitRuleView, LimitStandingView, WireUnit } from "@caprock/contract";
import { countOf } from "../format/count.ts";
import { formatNanoUsd, formatUsd, nanoUsdOf, plainUsd } from "../format/money.ts";

const nouns = { tokens: "token", requests: "request", concurrency: "call" } as const;

/** "$10.00", "1,000 tokens", "4 calls at once". */
export function amountText(unit: WireUnit, amount: string | number): string {
  if (unit === "usd") {
    return formatUsd(String(amount));
  }
  const text = countOf(Number(amount), nouns[unit]);
  return unit === "concurrency" ? `${text} at once` : text;
}

/** The amount of any unit as a whole number, for shares: nano-USD for USD. */
export function wholeOf(unit: WireUnit, amount: string | number): bigint {
  return unit === "usd" ? nanoUsdOf(String(amount)) : BigInt(amount);
}

/** A whole number of the unit, as `wholeOf` counts it, without the noun: "$1.20", "1,000". */
export function shortAmount(unit: WireUnit, whole: bigint): string {
  return unit === "usd" ? formatNanoUsd(whole) : whole.toLocaleString("en-US");
}

/** For an input field: "49.99", "1000". */
export function plainAmount(unit: WireUnit, amount: string | number): string {
  return unit === "usd" ? plainUsd(String(amount)) : String(amount);
}

const windows = { minute: "a minute", day: "a day", week: "a week", month: "a month" } as const;

/** "$10.00 a month", "4 calls at once". */
export function ruleText(rule: LimitRuleView): string {
  const amount = amountText(rule.unit, rule.amount);
  return rule.unit === "concurrency" ? amount : `${amount} ${windows[rule.window]}`;
}

type Bound = Pick<LimitRuleView, "scope" | "of">;

/** "tenant", "each application", "application support-bot". */
export function boundText({ scope, of }: Bound): string {
  if (scope === "tenant" || scope === "platform") {
    return scope;
  }
  return of === undefined ? `each ${scope}` : `${scope} ${of}`;
}

/** What the limit counts, and in which window: "USD a month". */
export function countedText({ unit, window }: Pick<LimitStandingView, "unit" | "window">): string {
  const unitText = { usd: "USD", tokens: "Tokens", requests: "Requests", concurrency: "Calls at once" }[unit];
  return window ? `${unitText} ${windows[window.kind]}` : unitText;
}
