/** Check: nothing stays held for a call that is long over. */
import type { LimitUnit } from "@caprock/domain";
import type { Account, Grant, Hold } from "../account-store.ts";
import { amountText, type CheckDefinition, type CheckReport, Findings, instantText } from "./findings.ts";
import { rereadPauseMs, type VerifyParts } from "./verify-parts.ts";

/** How much later than it is due the worker may come by. */
export const workerSlackMs = 600_000;

export const holdsResolve: CheckDefinition = {
  id: "holds-resolve",
  promise: "No hold and no grant outlives its expiry by more than the grace period of the invocation log.",
  method:
    "Every open hold and grant on every account is looked at. One that is older than expiry + grace + ten minutes for the worker is read again before it is called stuck. Unresolved holds are no failure: they count against the cap, unbilled, until the log or an operator says more, and are listed with their age.",
};

interface Overdue {
  readonly accountId: string;
  readonly unit: LimitUnit;
  readonly id: string;
  readonly kind: "hold" | "grant";
  readonly expiresAtMs: number;
  readonly amount: bigint;
}

export class HoldsResolve {
  private readonly findings = new Findings();
  private readonly overdue: Overdue[] = [];
  private readonly parts: Pick<VerifyParts, "accounts" | "clock" | "graceMs" | "pause">;

  constructor(parts: Pick<VerifyParts, "accounts" | "clock" | "graceMs" | "pause">) {
    this.parts = parts;
  }

  look(account: Account): void {
    const nowMs = this.parts.clock.now();
    this.findings.lookedAt("accounts");
    for (const hold of account.holds) {
      this.findings.lookedAt("holds");
      if (hold.state === "unresolved") {
        this.findings.remark("unresolved, counting against the cap", unresolvedText(account, hold, nowMs));
      } else {
        this.suspect(account, { ...hold, id: hold.requestId }, "hold", nowMs);
      }
    }
    for (const grant of account.grants) {
      this.findings.lookedAt("grants");
      this.suspect(account, grant, "grant", nowMs);
    }
  }

  async report(): Promise<CheckReport> {
    if (this.overdue.length > 0) {
      await this.parts.pause(rereadPauseMs);
    }
    const nowMs = this.parts.clock.now();
    for (const { accountId, unit, id, kind, expiresAtMs, amount } of this.overdue) {
      const account = await this.parts.accounts.read(accountId);
      const isThere =
        kind === "hold"
          ? account?.holds.some((hold) => hold.requestId === id && hold.state === "held")
          : account?.grants.some((grant) => grant.id === id && grant.expiresAtMs === expiresAtMs);
      if (isThere) {
        const age = ageText(nowMs - expiresAtMs);
        this.findings.offend(
          accountId,
          `${kind} ${id} of ${amountText(unit, amount)} expired ${age} ago (${instantText(expiresAtMs)}) and is still open`,
        );
      }
    }
    return this.findings.report(holdsResolve);
  }

  private suspect(
    { accountId, unit }: Account,
    { id, amount, expiresAtMs }: Pick<Grant, "id" | "amount" | "expiresAtMs">,
    kind: Overdue["kind"],
    nowMs: number,
  ): void {
    if (expiresAtMs + this.parts.graceMs + workerSlackMs < nowMs) {
      this.overdue.push({ accountId, unit, id, kind, expiresAtMs, amount });
    }
  }
}

function unresolvedText({ accountId, unit }: Account, hold: Hold, nowMs: number): string {
  const age = ageText(nowMs - hold.expiresAtMs);
  return `${accountId}: ${hold.requestId}, ${amountText(unit, hold.amount)}, for ${age}`;
}

/** "3 h 20 min". */
function ageText(durationMs: number): string {
  const minutes = Math.max(0, Math.floor(durationMs / 60_000));
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes} min` : `${hours} h ${minutes % 60} min`;
}
