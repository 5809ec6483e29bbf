/** What the admin API works with. */
import type { Clock, Random } from "@caprock/domain";
import type { Catalog, InferenceProfiles } from "@caprock/inference";
import type { ForgetMemoryParts } from "@caprock/memory";
import type {
  AccountStore,
  AdjustmentStore,
  AlertRuleStore,
  AlertStore,
  CardinalityPolicy,
  ClosedMonthStore,
  LedgerStore,
  MetricUsage,
  PriceBook,
  ReconciliationPlan,
  ReconciliationSource,
  ReconciliationStore,
  RollUpStore,
} from "@caprock/metering";
import type {
  ApiKeyStore,
  AuditLog,
  PlatformLimitsStore,
  RecentCallers,
  TenantStore,
} from "@caprock/tenancy";

/** Where metrics go, and how they are read back. */
import type { IdempotencyParts } from "../idempotency/idempotency-parts.ts";

export interface AdminMetricsParts {
  readonly destination: "off" | "cloudwatch" | "emf";
  readonly policy: CardinalityPolicy;
  /** Absent where metrics are off. */
  readonly usage: MetricUsage | undefined;
  /** How often a process sends what it has. */
  readonly flushSeconds: number;
}

/** What the worker watches and tells. */
export interface AdminWatchParts {
  readonly alerts: Pick<AlertStore, "list">;
  readonly alertRules: AlertRuleStore;
  readonly reconciliations: Pick<ReconciliationStore, "list" | "request">;
  /** The sources that the worker can compare the ledger with. */
  readonly reconciliationPlans: Readonly<
    Partial<Record<ReconciliationSource, Pick<ReconciliationPlan, "graceMs">>>
  >;
}

/** What pricing a month again goes by. */
export interface AdminRerateParts {
  readonly priceBook: PriceBook;
  readonly region: string;
  readonly closeAfterMs: number;
  /** See `RerateParts`. */
  readonly correctableForMs: number;
}

/** How tenants' inference profiles are made and checked, and the tags that AWS's bill tells them by. */
export interface AdminProfileParts {
  readonly inferenceProfiles: InferenceProfiles;
  readonly region: string;
  readonly tenantTag: string;
  readonly modelTag: string;
}

export interface AdminParts {
  readonly tenants: TenantStore;
  readonly apiKeys: ApiKeyStore;
  /** The copies that calls are let in by. */
  readonly recentCallers?: RecentCallers | undefined;
  readonly platformLimits: PlatformLimitsStore;
  readonly audit: AuditLog;
  readonly catalog: Catalog;
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly rollUps: Pick<RollUpStore, "list" | "readProgress">;
  readonly adjustments: AdjustmentStore;
  readonly closedMonths: ClosedMonthStore;
  readonly rerating: AdminRerateParts;
  readonly metrics: AdminMetricsParts;
  readonly watch: AdminWatchParts;
  readonly profiles: AdminProfileParts;
  readonly memory: ForgetMemoryParts;
  readonly clock: Clock;
  readonly random: Random;
  readonly idempotency: IdempotencyParts;
  readonly adminTokenSha256: string;
  /** See `AuthenticationParts`. */
  readonly accessKeySecret: string | undefined;
  readonly maxBodyBytes: number;
}
