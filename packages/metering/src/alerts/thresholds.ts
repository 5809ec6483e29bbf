/** Alerts when a share of a limit is used up. */
import { formatUsd, type LimitUnit, shortUsd } from "@caprock/domain";
import { type Account, heldOn } from "../account-store.ts";
import type { Limit } from "../limits.ts";
import type { AlertDraft } from "./alert.ts";
import type { AlertRuleSet } from "./alert-rule-set.ts";

/**
 * One draft for each percentage that the account has reached of its limit as it stands now. A limit that is given
 * another amount within its window counts as another one: 80 % of the new amount is news.
 */
export function reachedThresholds(
  { owner, limitId, scope, of: part, unit, window, amount }: Limit,
  account: Pick<Account, "settled" | "holds" | "grants">,
  { percents, counting }: AlertRuleSet["thresholds"],
): AlertDraft[] {
  if (window === undefined || amount <= 0n) {
    return [];
  }
  const bound = part === undefined ? "" : ` of ${scope} ${part}`;
  const used = counting === "held" ? account.settled + heldOn(account) : account.settled;
  return percents
    .filter((percent) => used * 100n >= BigInt(percent) * amount)
    .map((percent) => ({
      owner,
      rule: "threshold",
      window: window.label,
      level: `${limitId}${bound} ${amount} ${percent}`,
      summary: `${percent} % of the limit ${limitId}${bound} is used: ${written(unit, used)} of ${written(unit, amount)} in ${window.label}.`,
      facts: {
        limit: limitId,
        ...(part === undefined ? {} : { [scope]: part }),
        unit: unit === "nanoUsd" ? "USD" : unit,
        percent: String(percent),
        used: plain(unit, used),
        amount: plain(unit, amount),
        resetsAt: new Date(window.endMs).toISOString(),
      },
    }));
}

function plain(unit: LimitUnit, amount: bigint): string {
  return unit === "nanoUsd" ? formatUsd(amount) : String(amount);
}

function written(unit: LimitUnit, amount: bigint): string {
  return unit === "nanoUsd" ? `${shortUsd(amount)} USD` : `${amount} ${unit}`;
}
