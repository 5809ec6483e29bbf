/** For tests: a body that each admin route which reads one accepts. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const modelId = "us.amazon.nova-lite-v1:0";
const until = "2026-11-23T12:00:00Z";
export const rule = { id: "bots", scope: "application", unit: "usd", window: "day", amount: "1.5" };
const override = { limitId: "monthly-cap", unit: "usd", amount: "5", until, reason: "launch" };
const alertRules = {
  percents: [80, 100],
  counting: "settled",
  limits: "all",
  forecast: true,
  anomalyFloorUsd: "1",
};

/** By method and path as the description has them; in an order in which all are accepted, on the day of `until`. */
export const adminBodies: Readonly<Record<string, Json>> = {
  "POST /admin/v1/tenants": {
    name: "Acme",
    monthlyCapUsd: "5",
    requestsPerMinute: 60,
    timeZone: "Asia/Kolkata",
  },
  "PATCH /admin/v1/tenants/{tenantId}": {
    name: "Acme",
    monthlyCapUsd: 7.5,
    status: "active",
    rules: [rule, { id: "at-once", scope: "tenant", unit: "concurrency", amount: 3 }],
    overBudget: { kind: "fall-back", modelId },
    contextPolicy: { windowTokens: 4_000, recallShare: 0.2 },
    markup: { basisPoints: 1_500 },
  },
  "POST /admin/v1/tenants/{tenantId}/keys": { name: "production", application: "bot" },
  "PATCH /admin/v1/tenants/{tenantId}/keys/{apiKeyId}": {
    application: "bot",
    signIn: { issuer: "https://login.example.com", audience: "caprock", emailDomain: "example.com" },
  },
  "POST /admin/v1/tenants/{tenantId}/keys/{apiKeyId}/rotate": { graceSeconds: 0 },
  "POST /admin/v1/tenants/{tenantId}/inference-profiles": { model: modelId },
  "POST /admin/v1/tenants/{tenantId}/overrides": override,
  "PUT /admin/v1/platform/limits": { rules: [{ ...rule, scope: "platform" }], timeZone: "UTC", version: 0 },
  "POST /admin/v1/platform/overrides": { ...override, limitId: "bots" },
  "POST /admin/v1/tenants/{tenantId}/rerate": { month: "2026-11", reason: "geo premium", dryRun: false },
  "PUT /admin/v1/tenants/{tenantId}/alert-rules": alertRules,
  "PUT /admin/v1/platform/alert-rules": alertRules,
  "POST /admin/v1/reconciliations": {
    source: "invocation-log",
    start: "2026-11-22T08:00:00Z",
    end: "2026-11-22T10:00:00Z",
  },
};
