/** Check: nobody has changed what the audit log says admins did. */
import { platformOwner } from "../limits.ts";
import { type CheckDefinition, type CheckReport, Findings } from "./findings.ts";
import type { VerifyParts, VerifyScope } from "./verify-parts.ts";

export const auditChainsHold: CheckDefinition = {
  id: "audit-chains-hold",
  promise: "Every audit entry is as it was written, and none is missing, added between or moved.",
  method:
    "Each tenant's chain, and the platform's, is read whole and every hash is computed again; each entry must carry the hash of the one before it. A broken chain is read again first. Who can write the table can forge a whole chain anew: compare the heads with ones that were noted elsewhere.",
};

export async function checkAuditChainsHold(
  { tenants, isWhole }: VerifyScope,
  { auditChainOf }: Pick<VerifyParts, "auditChainOf">,
): Promise<CheckReport> {
  const findings = new Findings();
  for (const owner of [...tenants.map(({ id }) => id), ...(isWhole ? [platformOwner] : [])]) {
    let chain = await auditChainOf(owner);
    if (chain.firstBroken) {
      chain = await auditChainOf(owner);
    }
    findings.lookedAt("chains");
    findings.lookedAt("entries", chain.intactEntries);
    if (chain.head) {
      findings.remark("heads of chains, to compare", `${owner}: ${chain.head.sequence} ${chain.head.hash}`);
    }
    if (chain.firstBroken) {
      findings.offend(owner, `entry ${chain.firstBroken.sequence} is ${chain.firstBroken.fault}`);
    }
  }
  return findings.report(auditChainsHold);
}
