/** For tests: chains of audit entries in memory, which a test may tamper with. */
import type { AuditChain, ChainedEntry } from "../audit-chain.ts";
import type { AuditLog, ChainHead } from "../audit-log.ts";

export class MemoryAuditLog implements AuditLog {
  readonly kept = new Map<AuditChain, Map<number, ChainedEntry>>();
  readonly heads = new Map<AuditChain, ChainHead>();
  private readonly pause: () => Promise<unknown>;

  /** `pause` is awaited before every step that a real store would take. */
  constructor(pause: () => Promise<unknown> = () => Promise.resolve()) {
    this.pause = pause;
  }

  async last(chain: AuditChain): Promise<ChainedEntry | undefined> {
    await this.pause();
    return this.newestFirst(chain)[0];
  }

  async add(chain: AuditChain, entry: ChainedEntry): Promise<boolean> {
    await this.pause();
    const entries = this.kept.get(chain) ?? new Map<number, ChainedEntry>();
    this.kept.set(chain, entries);
    const standing = entries.get(entry.sequence);
    if (standing && standing.hash !== entry.hash) {
      return false;
    }
    entries.set(entry.sequence, entry);
    await this.pause();
    if ((this.heads.get(chain)?.sequence ?? 0) < entry.sequence) {
      this.heads.set(chain, entry);
    }
    return true;
  }

  head(chain: AuditChain): Promise<ChainHead | undefined> {
    return Promise.resolve(this.heads.get(chain));
  }

  async *entries(chain: AuditChain): AsyncIterable<ChainedEntry> {
    yield* this.newestFirst(chain).reverse();
  }

  page(
    chain: AuditChain,
    {
      before = Number.POSITIVE_INFINITY,
      limit,
    }: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<readonly ChainedEntry[]> {
    const older = this.newestFirst(chain).filter(({ sequence }) => sequence < before);
    return Promise.resolve(older.slice(0, limit));
  }

  /** By the place that each is kept at, as a sort key would have it. */
  private newestFirst(chain: AuditChain): ChainedEntry[] {
    return [...(this.kept.get(chain) ?? [])]
      .sort(([a], [b]) => b - a)
      .map(([sequence, entry]) => ({ ...entry, sequence }));
  }
}
