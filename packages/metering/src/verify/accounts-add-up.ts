/** Check: every account adds up, and none is over its limit. */
import { type Account, heldOn } from "../account-store.ts";
import { amountText, type CheckDefinition, type CheckReport, Findings } from "./findings.ts";
import { clockSkewMs, type VerifyParts } from "./verify-parts.ts";

export const accountsAddUp: CheckDefinition = {
  id: "accounts-add-up",
  promise:
    "On every account, what is available, settled and held comes to the limit, and what is settled and held is never more than the limit.",
  method:
    "Each account is one item and is read in one piece, so nothing moves while it is read. The open holds and grants on it are summed. An account may be over its limit only where the audit log shows that its limits were edited, or an override began or ended, since its window began.",
};

export class AccountsAddUp {
  private readonly findings = new Findings();
  private readonly parts: Pick<VerifyParts, "historyOf">;

  constructor(parts: Pick<VerifyParts, "historyOf">) {
    this.parts = parts;
  }

  async look(account: Account): Promise<void> {
    const { accountId, unit, limit, available, settled, holds, grants, window, owner } = account;
    const text = (amount: bigint) => amountText(unit, amount);
    const held = heldOn(account);
    this.findings.lookedAt("accounts");
    this.findings.lookedAt("holds", holds.length);
    this.findings.lookedAt("grants", grants.length);
    const negative = [...holds, ...grants].find(({ amount }) => amount < 0n);
    if (settled < 0n || negative) {
      const what = negative ? `holds ${text(negative.amount)}` : `has settled ${text(settled)}`;
      this.findings.offend(accountId, `${what}, which is less than nothing`);
    }
    const sum = available + settled + held;
    if (sum !== limit) {
      const terms = `${text(available)} available + ${text(settled)} settled + ${text(held)} held`;
      this.findings.offend(
        accountId,
        `${terms} = ${text(sum)}; the limit is ${text(limit)}, ${text(sum - limit)} apart`,
      );
    } else if (available < 0n) {
      const { edits } = await this.parts.historyOf(owner);
      const sinceMs = (window?.startMs ?? 0) - clockSkewMs;
      const what = `${text(settled + held)} settled and held is ${text(-available)} over the limit of ${text(limit)}`;
      if (edits.some(({ atMs }) => atMs >= sinceMs)) {
        this.findings.remark("over a limit that was edited since its window began", `${accountId}: ${what}`);
      } else {
        this.findings.offend(accountId, `${what}, and the limit was not edited in its window`);
      }
    }
  }

  report(): CheckReport {
    return this.findings.report(accountsAddUp);
  }
}
