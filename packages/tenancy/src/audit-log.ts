/** Port: where the chains of audit entries are kept. */
import type { AuditChain, ChainedEntry } from "./audit-chain.ts";

/** The end of a chain as far as it was ever confirmed: nothing up to here may be missing. */
export type ChainHead = Pick<ChainedEntry, "sequence" | "hash">;

export interface AuditLog {
  /** The newest entry of a chain; undefined before the first. */
  last(chain: AuditChain): Promise<ChainedEntry | undefined>;
  /**
   * Adds an entry and moves the head of the chain to it. False when another entry has its place. An entry whose
   * answer was lost is recognised: adding it again answers true and changes nothing.
   */
  add(chain: AuditChain, entry: ChainedEntry): Promise<boolean>;
  head(chain: AuditChain): Promise<ChainHead | undefined>;
  /** All entries, oldest first. */
  entries(chain: AuditChain): AsyncIterable<ChainedEntry>;
  /** At most `limit` entries, newest first, from the one before `before` on. */
  page(
    chain: AuditChain,
    page: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<readonly ChainedEntry[]>;
}
