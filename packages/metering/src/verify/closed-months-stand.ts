/** Check: closed months are as they were closed. */
import { verifyClosedMonth } from "../closed-months/verify-closed-month.ts";
import { type CheckDefinition, type CheckReport, Findings } from "./findings.ts";
import type { VerifyParts, VerifyScope } from "./verify-parts.ts";

export const closedMonthsStand: CheckDefinition = {
  id: "closed-months-stand",
  promise: "A closed month's entries, sums, hash and adjustments are what they were when it was closed.",
  method:
    "The entries of every closed month are read, counted, summed and hashed again, and the adjustments in its bill are summed. A month that differs is computed again first.",
};

type Parts = Pick<VerifyParts, "ledger" | "adjustments" | "closedMonths">;

export async function checkClosedMonthsStand(scope: VerifyScope, parts: Parts): Promise<CheckReport> {
  const findings = new Findings();
  for (const { id } of scope.tenants) {
    for await (const closed of parts.closedMonths.list(id)) {
      if (scope.month !== undefined && closed.month !== scope.month) {
        continue;
      }
      findings.lookedAt("closed months");
      findings.lookedAt("entries", closed.entries);
      findings.lookedAt("adjustments", closed.adjustments);
      let differences = await verifyClosedMonth(closed, parts);
      if (differences.length > 0) {
        differences = await verifyClosedMonth(closed, parts);
      }
      for (const { figure, closed: was, found } of differences) {
        findings.offend(`${id} ${closed.month}`, `${figure} was closed as ${was} and is ${found}`);
      }
    }
  }
  return findings.report(closedMonthsStand);
}
