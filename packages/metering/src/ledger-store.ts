/** The ledger: one entry for each request that was let through, with everything needed to recompute its cost. */
import type {
  ApiKeyId,
  ModelId,
  NanoUsd,
  RequestId,
  TenantId,
  TokenClass,
  TokenUsage,
} from "@caprock/domain";
import type { GrantId } from "./account-store.ts";
import type { BilledUnit } from "./price-book/index.ts";

export type EntryStatus = "completed" | "aborted" | "failed";

/** One class of tokens on a receipt. */
export interface ReceiptLine {
  readonly tokenClass: TokenClass;
  readonly tokens: number;
  readonly rateNanoUsdPerMillion: bigint;
}

/** What was billed by the piece: images, queries. */
export interface ReceiptUnitLine {
  readonly unit: BilledUnit;
  readonly count: number;
  readonly rateNanoUsd: NanoUsd;
}

export interface LedgerEntry {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
  /** The application of the key that called. */
  readonly application: string;
  /** The catalog's model. */
  readonly modelId: ModelId;
  /** What Bedrock was asked for. */
  readonly invokedId: string;
  /** The wire format the caller spoke. */
  readonly wire: string;
  readonly status: EntryStatus;
  readonly arrivedAtMs: number;
  readonly settledAtMs: number;
  /** From arrival to the first token of a streamed answer. */
  readonly firstTokenMs?: number;
  readonly usage: TokenUsage;
  readonly lines: readonly ReceiptLine[];
  readonly unitLines: readonly ReceiptUnitLine[];
  /** What the lines come to: the price that AWS lists. */
  readonly listCostNanoUsd: NanoUsd;
  /** The tenant's markup or discount that held when the call arrived; see `Markup`. */
  readonly markupBasisPoints: number;
  /** What the tenant is charged: the list cost with the markup, rounded up. Caps count this. */
  readonly costNanoUsd: NanoUsd;
  readonly priceBookVersion: string;
  readonly serviceTier: string;
  /** True while the usage is Caprock's own count of a cut stream, and not Bedrock's. */
  readonly estimated: boolean;
  /** Token classes that had no published price and were charged at the dearest input rate. */
  readonly assumedClasses: readonly TokenClass[];
  /** True for demo traffic that no model served. */
  readonly simulated: boolean;
  /**
   * True for work beside the tenant's requests, at another service than Bedrock, such as a recall: its money counts, but it
   * is no request, and Bedrock's log does not have it.
   */
  readonly aside?: boolean | undefined;
  /** The grant that let the call through, and the batch in which its process settled it. */
  readonly grant?: { readonly id: GrantId; readonly batch: number };
  /** What the entry said while it was an estimate. */
  readonly corrected?: { readonly atMs: number; readonly estimatedCostNanoUsd: NanoUsd };
}

export interface LedgerStore {
  /** Writes the entry unless the request has one. The entry that stands is returned. */
  record(entry: LedgerEntry): Promise<LedgerEntry>;
  /**
   * Writes final entries of calls that this process alone settles, many at once; writing one again changes
   * nothing. Resolves with the entries that could not be written.
   */
  recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]>;
  /** Replaces an estimated entry by the true one, which keeps what was estimated; one that is not estimated stands. */
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
