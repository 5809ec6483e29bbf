/** Check, on a local platform only: the ledger has the calls that the local AWS served. */
import { addUsage, noTokens, type TenantId, type TokenUsage, tokenClasses } from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";
import { addUnits, billedUnits, guardrailsId, type UnitCounts } from "../price-book/index.ts";
import { entryRange } from "./entry-range.ts";
import { type CheckDefinition, type CheckReport, Findings, skipped } from "./findings.ts";
import { openIdsOf } from "./open-ids.ts";
import {
  rereadPauseMs,
  rereads,
  type VerifyParts,
  type VerifyScope,
  type Witnessed,
  type WitnessedCall,
} from "./verify-parts.ts";

export const witnessAgrees: CheckDefinition = {
  id: "witness-agrees",
  promise:
    "Every call that the local AWS served is in the ledger once, with the tokens, images and text units it counted, and no other.",
  method:
    "The witness is the simulation's own count of what it served: it proves something of Caprock, and nothing of AWS. Requests are compared one by one, what was made up for the demo is left out. A difference is looked at again up to three times, because calls end meanwhile. A call without an entry is explained by an open hold of it, or by an open grant of its process; an estimate by that it is one. Of an entry that the invocation log has corrected tokens alone are compared, since the log tells no other units.",
};

type Parts = Pick<VerifyParts, "ledger" | "witnessOf" | "pause" | "accountListing">;

export async function checkWitnessAgrees(scope: VerifyScope, parts: Parts): Promise<CheckReport> {
  const { witnessOf } = parts;
  if (!witnessOf) {
    return skipped(witnessAgrees, "Only the local AWS has a witness.");
  }
  if (scope.month !== undefined) {
    return skipped(witnessAgrees, "The witness is compared as a whole; leave the month out.");
  }
  const findings = new Findings();
  for (const tenant of scope.tenants) {
    const compareNow = () => compare(tenant.id, entryRange(tenant, scope), parts, witnessOf);
    const first = await compareNow();
    let { differing } = first;
    if (first.guardrails > 0) {
      findings.remark("guardrails applied, which AWS is not told the caller of", undefined, first.guardrails);
    }
    findings.lookedAt("entries", first.entries);
    findings.lookedAt("served calls", first.served);
    for (let attempt = 1; differing.size > 0 && attempt < rereads; attempt += 1) {
      await parts.pause(rereadPauseMs);
      const before = differing;
      const again = await compareNow();
      // What differs for the first time now is a call that has just ended.
      differing = new Map([...again.differing].filter(([requestId]) => before.has(requestId)));
    }
    const open = differing.size > 0 ? await openIdsOf(tenant.id, parts) : new Set<string>();
    for (const [requestId, { entry, call }] of differing) {
      if (entry?.estimated) {
        findings.remark("entries that are estimates", requestId);
      } else if (!entry && (open.has(requestId) || open.has(call?.grantId ?? ""))) {
        findings.remark("served calls without an entry whose hold or grant is still open", requestId);
      } else {
        findings.offend(requestId, `${tenant.id}: ${differenceText(entry, call)}`);
      }
    }
  }
  return findings.report(witnessAgrees);
}

interface Pair {
  readonly entry?: LedgerEntry;
  readonly call?: WitnessedCall;
}

interface Comparison {
  readonly served: number;
  readonly entries: number;
  /** Entries of ApplyGuardrail, which names no request: they are not compared. */
  readonly guardrails: number;
  readonly differing: ReadonlyMap<string, Pair>;
}

/** The witness is asked first: what it has served by then, and no call that comes later, must be in the ledger. */
async function compare(
  tenantId: TenantId,
  range: { readonly startMs: number; readonly endMs: number },
  { ledger }: Parts,
  witnessOf: (tenantId: TenantId) => Promise<Witnessed>,
): Promise<Comparison> {
  const calls = new Map<string, WitnessedCall>();
  for (const call of (await witnessOf(tenantId)).calls) {
    const earlier = calls.get(call.requestId);
    const usage = addUsage(earlier?.usage ?? noTokens, call.usage);
    calls.set(call.requestId, { ...call, usage, units: addUnits(earlier?.units ?? {}, call.units) });
  }
  const served = calls.size;
  const differing = new Map<string, Pair>();
  let entries = 0;
  let guardrails = 0;
  for await (const entry of ledger.list(tenantId, range)) {
    // What is done at another service is in no list of calls: `memory-agrees` compares it.
    if (entry.simulated || entry.aside) {
      continue;
    }
    if (entry.modelId === guardrailsId) {
      guardrails += 1;
      continue;
    }
    entries += 1;
    const call = calls.get(entry.requestId);
    calls.delete(entry.requestId);
    if (!isSame(usedBy(entry), call ?? nothing, entry)) {
      differing.set(entry.requestId, { entry, ...(call && { call }) });
    }
  }
  for (const [requestId, call] of calls) {
    if (!isSame(call, nothing)) {
      differing.set(requestId, { call });
    }
  }
  return { served, entries, guardrails, differing };
}

interface Used {
  readonly usage: TokenUsage;
  readonly units: UnitCounts;
}

const nothing: Used = { usage: noTokens, units: {} };

function usedBy({ usage, unitLines }: LedgerEntry): Used {
  return { usage, units: Object.fromEntries(unitLines.map(({ unit, count }) => [unit, count])) };
}

function isSame(a: Used, b: Used, { corrected }: Pick<LedgerEntry, "corrected"> = {}): boolean {
  return (
    tokenClasses.every((tokenClass) => a.usage[tokenClass] === b.usage[tokenClass]) &&
    (corrected !== undefined || billedUnits.every((unit) => (a.units[unit] ?? 0) === (b.units[unit] ?? 0)))
  );
}

function differenceText(entry: LedgerEntry | undefined, call: WitnessedCall | undefined): string {
  if (!entry) {
    return `was served (${usedText(call ?? nothing)}) and is not in the ledger`;
  }
  return call
    ? `the ledger has ${usedText(usedBy(entry))}; served were ${usedText(call)}`
    : `is in the ledger (${usedText(usedBy(entry))}) and was not served`;
}

function usedText({ usage, units }: Used): string {
  const counts = [...Object.entries(usage), ...Object.entries(units)];
  return counts.map(([name, count]) => `${name} ${count}`).join(", ");
}
