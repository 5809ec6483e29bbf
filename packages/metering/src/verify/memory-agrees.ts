/** Check, on a local platform only: the ledger has what the local AgentCore Memory stored and searched. */
import type { TenantId } from "@caprock/domain";
import { entryRange } from "./entry-range.ts";
import { type CheckDefinition, type CheckReport, Findings, skipped } from "./findings.ts";
import { openIdsOf } from "./open-ids.ts";
import {
  rereadPauseMs,
  rereads,
  type VerifyParts,
  type VerifyScope,
  type Witnessed,
} from "./verify-parts.ts";

export const memoryAgrees: CheckDefinition = {
  id: "memory-agrees",
  promise:
    "Every event of long-term memory that the local AWS stored, and every retrieval that it served, is charged to its tenant once, and no other.",
  method:
    "The witness is the simulation's own count: it proves something of Caprock, and nothing of AWS. AgentCore's operations carry no request id, so that each tenant's sums are compared. A retrieval that nobody answered is charged, since AWS may have served it, and may be missing from the witness. Sums that differ are looked at again up to three times; what was served and is not charged may be explained by holds and grants that are still open.",
};

type Parts = Pick<VerifyParts, "ledger" | "witnessOf" | "pause" | "accountListing">;

export async function checkMemoryAgrees(scope: VerifyScope, parts: Parts): Promise<CheckReport> {
  const { witnessOf } = parts;
  if (!witnessOf) {
    return skipped(memoryAgrees, "Only the local AWS has a witness.");
  }
  if (scope.month !== undefined) {
    return skipped(memoryAgrees, "The witness is compared as a whole; leave the month out.");
  }
  const findings = new Findings();
  for (const tenant of scope.tenants) {
    const compareNow = () => compare(tenant.id, entryRange(tenant, scope), parts, witnessOf);
    let sums = await compareNow();
    for (let attempt = 1; sums.some(isApart) && attempt < rereads; attempt += 1) {
      await parts.pause(rereadPauseMs);
      sums = await compareNow();
    }
    const isOpen = sums.some(isApart) && (await openIdsOf(tenant.id, parts)).size > 0;
    for (const sum of sums) {
      const { what, servedBefore, servedAfter, charged, unanswered } = sum;
      findings.lookedAt(what, servedAfter);
      if (servedBefore > charged && isOpen) {
        findings.remark(`${what} beyond those charged while holds or grants are open`, tenant.id);
      } else if (isApart(sum)) {
        findings.offend(tenant.id, `${charged} ${what} are charged; served were ${servedAfter}`);
      } else if (unanswered > 0) {
        findings.remark(`${what} that nobody answered, and that are charged`, undefined, unanswered);
      }
    }
  }
  return findings.report(memoryAgrees);
}

interface Sum {
  readonly what: "events" | "retrievals";
  /** What was served before the ledger was read, and what had been when it was. */
  readonly servedBefore: number;
  readonly servedAfter: number;
  readonly charged: number;
  /** Of those charged: whether they were served is not known. */
  readonly unanswered: number;
}

/** What is charged was served before, and calls go on while the two are read. */
function isApart({ servedBefore, servedAfter, charged, unanswered }: Sum): boolean {
  return servedBefore > charged || servedAfter < charged - unanswered;
}

async function compare(
  tenantId: TenantId,
  range: { readonly startMs: number; readonly endMs: number },
  { ledger }: Parts,
  witnessOf: (tenantId: TenantId) => Promise<Witnessed>,
): Promise<readonly Sum[]> {
  const { memory: before } = await witnessOf(tenantId);
  const charged = { memoryEvent: 0, memoryRetrieval: 0 };
  let unanswered = 0;
  for await (const { aside, status, unitLines } of ledger.list(tenantId, range)) {
    for (const { unit, count } of aside ? unitLines : []) {
      if (unit === "memoryEvent" || unit === "memoryRetrieval") {
        charged[unit] += count;
        unanswered += status === "aborted" ? count : 0;
      }
    }
  }
  const { memory: after } = await witnessOf(tenantId);
  const sumOf = (what: Sum["what"], unit: keyof typeof charged, unknown: number): Sum => ({
    what,
    servedBefore: before[unit],
    servedAfter: after[unit],
    charged: charged[unit],
    unanswered: unknown,
  });
  return [sumOf("events", "memoryEvent", 0), sumOf("retrievals", "memoryRetrieval", unanswered)];
}
