/** Recomputes a chain of audit entries and finds the first one that is not as it was written. */
import { type AuditChain, type ChainedEntry, hashOf, noHash, readEntry } from "./audit-chain.ts";
import type { AuditLog, ChainHead } from "./audit-log.ts";

/** `missing`: no entry has this number. `changed`: its text is not what was hashed. `misplaced`: it follows another. */
export type ChainFault = "missing" | "changed" | "misplaced";

export interface ChainReport {
  /** Entries that were found to be as they were written, from the first on. */
  readonly intactEntries: number;
  /**
   * The last intact entry. Whoever may write the table can forge a whole chain anew: a head that was noted
   * elsewhere shows that too.
   */
  readonly head: ChainHead | undefined;
  /** Absent when the chain is whole. */
  readonly firstBroken?: { readonly sequence: number; readonly fault: ChainFault };
}

/** Reads the whole chain. Any entry that was changed, removed, added between or moved is found. */
export async function verifyAuditChain(
  chain: AuditChain,
  { audit }: { readonly audit: AuditLog },
): Promise<ChainReport> {
  // Read first: entries that come after it are only more.
  const confirmed = await audit.head(chain);
  let head: ChainHead | undefined;
  const reportOf = (fault?: ChainFault): ChainReport => {
    const intactEntries = head?.sequence ?? 0;
    return {
      intactEntries,
      head,
      ...(fault === undefined ? {} : { firstBroken: { sequence: intactEntries + 1, fault } }),
    };
  };
  for await (const entry of audit.entries(chain)) {
    const fault = faultOf(chain, entry, head, confirmed);
    if (fault) {
      return reportOf(fault);
    }
    head = { sequence: entry.sequence, hash: entry.hash };
  }
  return reportOf((confirmed?.sequence ?? 0) > (head?.sequence ?? 0) ? "missing" : undefined);
}

function faultOf(
  chain: AuditChain,
  entry: ChainedEntry,
  before: ChainHead | undefined,
  confirmed: ChainHead | undefined,
): ChainFault | undefined {
  const { sequence, text, hash } = entry;
  if (sequence !== (before?.sequence ?? 0) + 1) {
    return "missing";
  }
  const told = readEntry(entry);
  if (!told || hashOf(text) !== hash || (confirmed?.sequence === sequence && confirmed.hash !== hash)) {
    return "changed";
  }
  const follows =
    told.chain === chain && told.sequence === sequence && told.previousHash === (before?.hash ?? noHash);
  return follows ? undefined : "misplaced";
}
