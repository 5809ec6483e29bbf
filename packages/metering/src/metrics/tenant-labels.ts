/** Decides which tenants have metric series of their own: every series is billed by the month. */
import type { Clock, NanoUsd, TenantId } from "@caprock/domain";
import { otherTenants } from "./metric-table.ts";

/** All tenants, the N that spend most with the rest under `other`, or totals by model alone. */
export const cardinalities = ["all", "top", "off"] as const;
export type Cardinality = (typeof cardinalities)[number];

export interface CardinalityPolicy {
  readonly cardinality: Cardinality;
  /** How many tenants have series of their own under `top`. */
  readonly topTenants: number;
}

/** Port: what each tenant has spent in its month so far. */
export type MonthSpend = () => Promise<ReadonlyMap<TenantId, NanoUsd>>;

/** How often the tenants on top are chosen again. */
const refreshMs = 5 * 60_000;

/** Who has a series keeps it until another spends a tenth more, so that two alike do not change places all the time. */
const incumbentPercent = 110n;

export class TenantLabels {
  private readonly policy: CardinalityPolicy;
  private readonly monthSpend: MonthSpend;
  private readonly clock: Clock;
  private top: ReadonlySet<TenantId> = new Set();
  private refreshedAtMs = Number.NEGATIVE_INFINITY;

  constructor(policy: CardinalityPolicy, monthSpend: MonthSpend, clock: Clock) {
    this.policy = policy;
    this.monthSpend = monthSpend;
    this.clock = clock;
  }

  /** The tenant dimension of a tenant's metrics; undefined where none are kept by tenant. */
  labelOf(tenantId: TenantId): string | undefined {
    switch (this.policy.cardinality) {
      case "all":
        return tenantId;
      case "top":
        return this.top.has(tenantId) ? tenantId : otherTenants;
      case "off":
        return undefined;
    }
  }

  /** Chooses the tenants on top again when it is time. Rejects where their spend cannot be read; the choice stands then. */
  async refresh(): Promise<void> {
    const nowMs = this.clock.now();
    if (this.policy.cardinality !== "top" || nowMs < this.refreshedAtMs + refreshMs) {
      return;
    }
    this.refreshedAtMs = nowMs;
    this.top = chooseTop(await this.monthSpend(), this.top, this.policy.topTenants);
  }
}

/** The `count` tenants that spent most, those already chosen with a head start. Ties go by id. */
export function chooseTop(
  spend: ReadonlyMap<TenantId, NanoUsd>,
  incumbents: ReadonlySet<TenantId>,
  count: number,
): ReadonlySet<TenantId> {
  const ranked = [...spend].map(([tenantId, spent]) => ({
    tenantId,
    incumbent: incumbents.has(tenantId),
    score: spent * (incumbents.has(tenantId) ? incumbentPercent : 100n),
  }));
  ranked.sort(
    (a, b) =>
      (a.score < b.score ? 1 : a.score > b.score ? -1 : 0) ||
      Number(b.incumbent) - Number(a.incumbent) ||
      (a.tenantId < b.tenantId ? -1 : 1),
  );
  return new Set(ranked.slice(0, count).map(({ tenantId }) => tenantId));
}
