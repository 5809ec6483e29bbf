/** Writes tenants, keys and ledger entries as the admin wire has them. */
import type { ApiKeyView, CreatedApiKeyView, LedgerEntryView, TenantView } from "@caprock/contract";
import { type ApiKey, formatUsd, type Tenant } from "@caprock/domain";
import type { LedgerEntry } from "@caprock/metering";
import { accessKeyPairOf, type IssuedApiKey } from "@caprock/tenancy";
import type { AdminParts } from "./admin-parts.ts";
import { overrideView, ruleView } from "./limit-views.ts";

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

export function tenantView(tenant: Tenant): TenantView {
  return {
    id: tenant.id,
    name: tenant.name,
    status: tenant.status,
    timeZone: tenant.timeZone,
    monthlyCapUsd: formatUsd(tenant.limits.monthlyCapNanoUsd),
    requestsPerMinute: tenant.limits.requestsPerMinute,
    rules: tenant.limits.rules.map(ruleView),
    overrides: tenant.limits.overrides.map((override) => overrideView(override, tenant.limits.rules)),
    overBudget: tenant.limits.overBudget,
    markups: tenant.markups.map(({ fromMs, basisPoints }) => ({ from: iso(fromMs), basisPoints })),
    inferenceProfiles: (tenant.inferenceProfiles ?? []).map(({ arn, sourceId }) => ({
      arn,
      model: sourceId,
    })),
    contextPolicy: tenant.contextPolicy ?? {},
    version: tenant.limits.version,
    demo: tenant.demo,
    createdAt: iso(tenant.createdAtMs),
  };
}

/** Everything but the secrets' hashes. */
export function apiKeyView(key: ApiKey, nowMs: number): ApiKeyView {
  const { previous, revokedAtMs } = key;
  return {
    id: key.id,
    tenantId: key.tenantId,
    name: key.name,
    application: key.application,
    ...(key.signIn ? { signIn: key.signIn } : {}),
    createdAt: iso(key.createdAtMs),
    ...(previous && previous.untilMs > nowMs ? { previousSecretUntil: iso(previous.untilMs) } : {}),
    ...(revokedAtMs === undefined ? {} : { revokedAt: iso(revokedAtMs) }),
  };
}

/** The only view that shows secrets. */
export function createdApiKeyView(
  { apiKey, text }: IssuedApiKey,
  { clock, accessKeySecret }: Pick<AdminParts, "clock" | "accessKeySecret">,
): CreatedApiKeyView {
  return {
    ...apiKeyView(apiKey, clock.now()),
    apiKey: text,
    ...(accessKeySecret === undefined ? {} : { accessKey: accessKeyPairOf(apiKey, accessKeySecret) }),
  };
}

export function ledgerEntryView(entry: LedgerEntry): LedgerEntryView {
  return {
    requestId: entry.requestId,
    tenantId: entry.tenantId,
    apiKeyId: entry.apiKeyId,
    application: entry.application,
    modelId: entry.modelId,
    invokedId: entry.invokedId,
    wire: entry.wire,
    status: entry.status,
    arrivedAt: iso(entry.arrivedAtMs),
    settledAt: iso(entry.settledAtMs),
    tokens: entry.usage,
    lines: entry.lines.map(({ tokenClass, tokens, rateNanoUsdPerMillion }) => ({
      tokenClass,
      tokens,
      usdPerMillionTokens: formatUsd(rateNanoUsdPerMillion),
    })),
    unitLines: entry.unitLines.map(({ unit, count, rateNanoUsd }) => ({
      unit,
      count,
      usdEach: formatUsd(rateNanoUsd),
    })),
    listCostUsd: formatUsd(entry.listCostNanoUsd),
    markupBasisPoints: entry.markupBasisPoints,
    costUsd: formatUsd(entry.costNanoUsd),
    priceBookVersion: entry.priceBookVersion,
    serviceTier: entry.serviceTier,
    estimated: entry.estimated,
    simulated: entry.simulated,
  };
}
