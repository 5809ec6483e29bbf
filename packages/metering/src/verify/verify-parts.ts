/** What the checks of the books work on: ports that only read. */
import type { Clock, RequestId, Tenant, TenantId } from "@caprock/domain";
import type { Account, AccountStore } from "../account-store.ts";
import type { AdjustmentStore } from "../adjustments/adjustment-store.ts";
import type { ClosedMonthStore } from "../closed-months/closed-month-store.ts";
import type { InvocationLog, LoggedInvocation } from "../invocation-log.ts";
import type { LedgerEntry, LedgerStore } from "../ledger-store.ts";
import type { platformOwner } from "../limits.ts";
import type { Cardinality, MetricUsage } from "../metrics/index.ts";
import type { ModelPrice, UnitCounts } from "../price-book/index.ts";
import type { RollUpStore } from "../reports/index.ts";
import type { Probe } from "./probe-is-accounted.ts";

/** Port: every account that there is, read consistently, in no order. */
export interface AccountListing {
  list(): AsyncIterable<Account>;
}

export type AccountOwner = TenantId | typeof platformOwner;

/** An edit of an owner's limits, or the beginning or end of an override of one. */
export interface LimitEdit {
  readonly atMs: number;
  /** The time zone changed with it, so that windows that had begun were cut anew. */
  readonly rezoned: boolean;
}

/** What the audit log tells of an owner's limits. */
export interface LimitHistory {
  readonly edits: readonly LimitEdit[];
  /** Calls whose holds an operator gave back. */
  readonly released: ReadonlySet<RequestId>;
}

/** What an audit chain looks like from outside. */
export interface ChainState {
  readonly intactEntries: number;
  /** The last intact entry. */
  readonly head?: { readonly sequence: number; readonly hash: string } | undefined;
  readonly firstBroken?: { readonly sequence: number; readonly fault: string };
}

/** A call that the local AWS says it served. Several invocations of one request are summed. */
export interface WitnessedCall {
  readonly requestId: RequestId;
  readonly grantId?: string;
  readonly usage: LedgerEntry["usage"];
  readonly units: UnitCounts;
}

/** What the local AWS says it served a tenant. */
export interface Witnessed {
  readonly calls: readonly WitnessedCall[];
  /** Operations of AgentCore Memory carry no request id: they are counts alone. */
  readonly memory: Required<Pick<UnitCounts, "memoryEvent" | "memoryRetrieval">>;
}

export interface VerifyParts {
  readonly accountListing: AccountListing;
  readonly accounts: Pick<AccountStore, "read">;
  readonly ledger: Pick<LedgerStore, "find" | "list">;
  readonly adjustments: Pick<AdjustmentStore, "billedIn" | "ofCalls">;
  readonly closedMonths: Pick<ClosedMonthStore, "list">;
  readonly rollUps: Pick<RollUpStore, "list" | "readProgress">;
  readonly clock: Clock;
  readonly pause: (durationMs: number) => Promise<void>;
  /** The edition of the price book that `priceOf` asks. */
  readonly priceBookVersion: string;
  /** The price that the edition has for the way and the instant an entry's call was made. */
  readonly priceOf: (entry: LedgerEntry) => ModelPrice | undefined;
  readonly historyOf: (owner: AccountOwner) => Promise<LimitHistory>;
  /** Recomputes the audit chain of a tenant, or of the platform. */
  readonly auditChainOf: (owner: AccountOwner) => Promise<ChainState>;
  /** How long after a hold's expiry the invocation log may still show its call. */
  readonly graceMs: number;
  /** How long calls must be over before they are compared with the log. */
  readonly logGraceMs: number;
  /** Absent where Bedrock's invocation logging is off, or its bucket was not named. */
  readonly log?: {
    readonly invocationLog: Pick<InvocationLog, "list">;
    readonly priceOf: (invocation: LoggedInvocation) => ModelPrice | undefined;
  };
  /** Absent where no metrics are sent. */
  readonly metrics?: {
    readonly metricUsage: MetricUsage;
    readonly cardinality: Cardinality;
    readonly modelIds: readonly string[];
  };
  /** Absent unless a call was asked for. */
  readonly probe?: Probe;
  /** Absent on AWS. */
  readonly witnessOf?: (tenantId: TenantId) => Promise<Witnessed>;
}

/** Whose books are looked at, and which stretch of them. */
export interface VerifyScope {
  readonly tenants: readonly Tenant[];
  /** Whether these are all tenants there are: only then are the platform's own accounts looked at. */
  readonly isWhole: boolean;
  /** "2026-11": only what belongs to this month of a tenant's time zone. */
  readonly month?: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** How far clocks may be apart: the verifier's, the processes' and AWS's. */
export const clockSkewMs = 600_000;

/** How often what looks wrong is read again before it is called wrong, and how long to wait before each time. */
export const rereads = 3;
export const rereadPauseMs = 2_000;
