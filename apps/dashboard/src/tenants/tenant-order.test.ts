import type { TenantView, UsageSummaryView } from "@caprock/contract";
import { describe, expect, it } from "vitest";
import { searchTenants, sortTenants, tenantRows } from "./tenant-order.ts";

const tenant = (name: string, monthlyCapUsd: string): TenantView => ({
  id: `t${name.toLowerCase()}`,
  name,
  status: "active",
  timeZone: "UTC",
  monthlyCapUsd,
  requestsPerMinute: 600,
  rules: [],
  overrides: [],
  overBudget: { kind: "refuse" },
  markups: [],
  inferenceProfiles: [],
  contextPolicy: {},
  version: 1,
  demo: false,
  createdAt: "2026-11-01T00:00:00.000Z",
});
const noTokens = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 };
const usage = (spent: Record<string, string>): UsageSummaryView => ({
  month: "2026-11",
  generatedAt: "2026-11-22T00:00:00.000Z",
  totals: { costUsd: "0.000000000", heldUsd: "0.000000000", requests: 0, tokens: noTokens },
  tenants: Object.entries(spent).map(([tenantId, costUsd]) => ({
    tenantId,
    name: tenantId,
    status: "active",
    month: "2026-11",
    capUsd: "1.000000000",
    costUsd,
    heldUsd: "0.000000000",
    requests: 1,
    tokens: noTokens,
  })),
  series: [],
});
const tenants = [
  tenant("Beta", "9.000000000"),
  tenant("alpha", "10.000000000"),
  tenant("Gamma", "10.000000000"),
];
const names = (rows: readonly { tenant: TenantView }[]) => rows.map((row) => row.tenant.name);

describe("the list of tenants", () => {
  it("finds by name and by id, whatever the case", () => {
    const rows = tenantRows(tenants, undefined);
    expect(names(searchTenants(rows, " ALP "))).toEqual(["alpha"]);
    expect(names(searchTenants(rows, "tgamma"))).toEqual(["Gamma"]);
    expect(searchTenants(rows, "")).toHaveLength(3);
  });

  it("sorts amounts as amounts, not as text, and ties by name", () => {
    const rows = tenantRows(tenants, undefined);
    expect(names(sortTenants(rows, "cap", false))).toEqual(["Beta", "alpha", "Gamma"]);
    expect(names(sortTenants(rows, "cap", true))).toEqual(["alpha", "Gamma", "Beta"]);
  });

  it("knows a tenant without usage to have spent nothing, and says so only once usage was read", () => {
    expect(tenantRows(tenants, undefined).map(({ spentNanoUsd }) => spentNanoUsd)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const rows = tenantRows(tenants, usage({ talpha: "0.000000001" }));
    expect(names(sortTenants(rows, "spent", true))).toEqual(["alpha", "Beta", "Gamma"]);
    expect(rows[0]?.spentNanoUsd).toBe(0n);
  });
});
