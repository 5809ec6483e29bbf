/** Judges an account by what the ledger says it should have settled. */
import type { Account } from "../account-store.ts";
import { platformOwner } from "../limits.ts";
import type { AccountTally } from "./account-tally.ts";
import { amountText, type Findings } from "./findings.ts";
import { clockSkewMs, type LimitHistory } from "./verify-parts.ts";

/** What the account may have settled at least and at most, and has not; `most` is absent where nothing bounds it. */
export interface Difference {
  readonly least: bigint;
  readonly most: bigint | undefined;
}

/** Undefined when the account matches. `moved`: it changed while its entries were listed. */
export function judgeAccount(
  { account, settled, recent, released }: AccountTally,
  moved: boolean,
  history: LimitHistory,
): Difference | undefined {
  const edits = editsWithin(account, history);
  if (edits.some(({ rezoned }) => rezoned)) {
    return undefined;
  }
  const all = settled.amount + recent.amount;
  const least = edits.length > 0 ? 0n : moved ? settled.amount : all;
  const most = account.unit === "requests" ? undefined : all + released.amount;
  const isWithin = least <= account.settled && (most === undefined || account.settled <= most);
  return isWithin ? undefined : { least, most };
}

/**
 * Edits since which the account may have counted, or have counted no more. The cap of a month always counts, whatever
 * is edited.
 */
function editsWithin(
  { window, owner, scope, unit }: Account,
  { edits }: LimitHistory,
): LimitHistory["edits"] {
  if (
    !window ||
    (owner !== platformOwner && scope === "tenant" && unit === "nanoUsd" && window.kind === "month")
  ) {
    return [];
  }
  const [fromMs, toMs] = [window.startMs - clockSkewMs, window.endMs + clockSkewMs];
  return edits.filter(({ atMs }) => fromMs <= atMs && atMs < toMs);
}

/** Says what was let pass on an account that matches, and why. */
export function explainAccount(
  tally: AccountTally,
  moved: boolean,
  history: LimitHistory,
  findings: Findings,
): void {
  const { account, settled, recent, open, released } = tally;
  const { accountId, unit } = account;
  const edits = editsWithin(account, history);
  const difference = settled.amount + recent.amount - account.settled;
  const example = (entries: number, amount: bigint) =>
    `${accountId}: ${entries} entries, ${amountText(unit, amount)}`;
  if (open.entries > 0) {
    findings.remark(
      "accounts with entries whose call is still open there: not expected yet",
      example(open.entries, open.amount),
    );
  }
  if (released.entries > 0) {
    findings.remark(
      "accounts with entries whose hold an operator gave back before",
      example(released.entries, released.amount),
    );
  }
  if (edits.some(({ rezoned }) => rezoned)) {
    findings.remark("accounts not compared: the time zone changed within the window", accountId);
  } else if (unit === "requests" && difference < 0n) {
    findings.remark(
      "accounts with requests that counted and left no entry",
      `${accountId}: ${amountText(unit, -difference)}`,
    );
  } else if (edits.length > 0 && difference > 0n) {
    findings.remark(
      "accounts whose limits were edited in the window: they counted for a part of it",
      `${accountId}: ${amountText(unit, difference)} before or after`,
    );
  } else if (moved && recent.entries > 0) {
    findings.remark(
      "accounts that moved while they were read: entries settled around then could not be told apart",
      example(recent.entries, recent.amount),
    );
  }
}

/** How an account differs, in words. */
export function differenceText(
  { account, open }: AccountTally,
  { least, most }: Difference,
  moved: boolean,
): string {
  const text = (amount: bigint) => amountText(account.unit, amount);
  const expected =
    most === undefined
      ? `at least ${text(least)}`
      : least === most
        ? text(least)
        : `${text(least)} to ${text(most)}`;
  const apart =
    account.settled < least
      ? `${text(least - account.settled)} too little`
      : `${text(account.settled - (most ?? 0n))} too much`;
  const besides = open.entries > 0 ? `, besides ${open.entries} open entries of ${text(open.amount)}` : "";
  const meanwhile = moved ? "; it moved while it was read" : "";
  return `has settled ${text(account.settled)}, and the ledger comes to ${expected}${besides}: ${apart}${meanwhile}`;
}
