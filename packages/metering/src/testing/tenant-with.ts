/** For tests: a tenant whose limits a test sets. */
import type { Tenant } from "@caprock/domain";

/** A tenant with the limits that matter to a test. */
export function tenantWith(id: string, limits: Partial<Tenant["limits"]> = {}): Tenant {
  return {
    id,
    name: id,
    status: "active",
    timeZone: "UTC",
    limits: {
      monthlyCapNanoUsd: 1_000n,
      requestsPerMinute: 1_000_000,
      rules: [],
      overrides: [],
      overBudget: { kind: "refuse" },
      version: 1,
      ...limits,
    },
    markups: [],
    demo: false,
    createdAtMs: 0,
  };
}
