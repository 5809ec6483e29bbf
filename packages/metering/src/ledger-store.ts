/** The ledger: one entry for each request that was let through, with everything needed to recompute its cost. */
import type { ApiKeyId, NanoUsd, RequestId, TenantId, TokenClass, TokenUsage } from "@caprock/domain";

export type EntryStatus = "completed" | "aborted" | "failed";

/** One class of tokens on a receipt. */
export interface ReceiptLine {
  readonly tokenClass: TokenClass;
  readonly tokens: number;
  readonly rateNanoUsdPerMillion: bigint;
}

export interface LedgerEntry {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
  /** The catalog's model. */
  readonly modelId: string;
  /** What Bedrock was asked for. */
  readonly invokedId: string;
  /** The wire format the caller spoke. */
  readonly wire: string;
  readonly status: EntryStatus;
  readonly arrivedAtMs: number;
  readonly settledAtMs: number;
  readonly usage: TokenUsage;
  readonly lines: readonly ReceiptLine[];
  readonly costNanoUsd: NanoUsd;
  readonly priceBookVersion: string;
  readonly serviceTier: string;
  /** True while the usage is Caprock's own count of a cut stream, and not Bedrock's. */
  readonly estimated: boolean;
  /** Token classes that had no published price and were charged at the dearest input rate. */
  readonly assumedClasses: readonly TokenClass[];
  /** True for demo traffic that no model served. */
  readonly simulated: boolean;
}

export interface LedgerStore {
  /** Writes the entry unless the request has one. The entry that stands is returned. */
  record(entry: LedgerEntry): Promise<LedgerEntry>;
  /** Replaces an estimated entry by the true one; an entry that is not estimated stands. */
  correct(entry: LedgerEntry): Promise<LedgerEntry>;
  find(tenantId: TenantId, requestId: RequestId): Promise<LedgerEntry | undefined>;
  /** A tenant's entries that arrived in [startMs, endMs), oldest first. */
  list(tenantId: TenantId, range: LedgerRange): AsyncIterable<LedgerEntry>;
}

export interface LedgerRange {
  readonly startMs: number;
  readonly endMs: number;
  /** Continue behind this request. */
  readonly after?: RequestId | undefined;
}
