/** How tenants and keys are written as items, and read back. */
import {
  type ApiKey,
  canonicalJson,
  contextStrategies,
  defaultApplication,
  limitScopes,
  limitUnits,
  limitWindows,
  type PlatformLimits,
  type SignIn,
  type Tenant,
  tenantStatuses,
} from "@caprock/domain";
import { z } from "zod";

export const tenantRecordName = "tenant";
export const apiKeyRecordPrefix = "key#";
/** No tenant id looks like this partition's name. */
export const platformLimitsKey = { tenantId: "platform", record: "limits" } as const;

const exactInteger = z.union([z.int(), z.bigint()]).transform((value) => BigInt(value));

const limitRule = z.object({
  id: z.string(),
  scope: z.enum(limitScopes),
  of: z.string().optional(),
  unit: z.enum(limitUnits),
  window: z.enum(limitWindows).optional(),
  amount: exactInteger,
});

const limitOverride = z.object({
  id: z.string(),
  limitId: z.string(),
  amount: exactInteger,
  fromMs: z.number(),
  untilMs: z.number(),
  author: z.string(),
  reason: z.string(),
});

const overBudget = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("refuse") }),
  z.object({ kind: z.literal("throttle") }),
  z.object({ kind: z.literal("fall-back"), modelId: z.string() }),
]);

const contextPolicy = z.object({
  strategy: z.enum(contextStrategies).optional(),
  windowTokens: z.number().optional(),
  recallShare: z.number().optional(),
  summaryShare: z.number().optional(),
  memoriesShare: z.number().optional(),
  documentsShare: z.number().optional(),
  summariserModel: z.string().optional(),
  embeddingModel: z.string().optional(),
  keepToolResults: z.number().optional(),
  cachePoints: z.boolean().optional(),
  memory: z.boolean().optional(),
});

// What came after the first release has defaults, so that older records are read.
const tenantItem = z.object({
  tenantId: z.string(),
  name: z.string(),
  status: z.enum(tenantStatuses),
  timeZone: z.string(),
  monthlyCapNanoUsd: exactInteger,
  requestsPerMinute: z.number(),
  rules: z.array(limitRule).default([]),
  overrides: z.array(limitOverride).default([]),
  overBudget: overBudget.default({ kind: "refuse" }),
  limitsVersion: z.number(),
  markups: z.array(z.object({ fromMs: z.number(), basisPoints: z.number() })).default([]),
  inferenceProfiles: z.array(z.object({ arn: z.string(), sourceId: z.string() })).optional(),
  contextPolicy: contextPolicy.optional(),
  demo: z.boolean(),
  createdAtMs: z.number(),
});

const platformLimitsItem = z.object({
  rules: z.array(limitRule),
  overrides: z.array(limitOverride),
  timeZone: z.string(),
  limitsVersion: z.number(),
});

const apiKeyItem = z.object({
  tenantId: z.string(),
  apiKeyId: z.string(),
  name: z.string(),
  application: z.string().default(defaultApplication),
  secretSha256: z.string(),
  signIn: z.string().optional(),
  previous: z.object({ secretSha256: z.string(), untilMs: z.number() }).optional(),
  createdAtMs: z.number(),
  revokedAtMs: z.number().optional(),
});

export function tenantToItem(tenant: Tenant) {
  return {
    tenantId: tenant.id,
    record: tenantRecordName,
    name: tenant.name,
    status: tenant.status,
    timeZone: tenant.timeZone,
    monthlyCapNanoUsd: tenant.limits.monthlyCapNanoUsd,
    requestsPerMinute: tenant.limits.requestsPerMinute,
    rules: tenant.limits.rules,
    overrides: tenant.limits.overrides,
    overBudget: tenant.limits.overBudget,
    limitsVersion: tenant.limits.version,
    markups: tenant.markups,
    inferenceProfiles: tenant.inferenceProfiles,
    contextPolicy: tenant.contextPolicy,
    demo: tenant.demo,
    createdAtMs: tenant.createdAtMs,
  };
}

export function tenantFromItem(item: unknown): Tenant {
  const read = tenantItem.parse(item);
  return {
    id: read.tenantId,
    name: read.name,
    status: read.status,
    timeZone: read.timeZone,
    limits: {
      monthlyCapNanoUsd: read.monthlyCapNanoUsd,
      requestsPerMinute: read.requestsPerMinute,
      rules: read.rules,
      overrides: read.overrides,
      overBudget: read.overBudget,
      version: read.limitsVersion,
    },
    markups: read.markups,
    ...(read.inferenceProfiles ? { inferenceProfiles: read.inferenceProfiles } : {}),
    ...(read.contextPolicy ? { contextPolicy: read.contextPolicy } : {}),
    demo: read.demo,
    createdAtMs: read.createdAtMs,
  };
}

export function platformLimitsToItem({ version, ...limits }: PlatformLimits) {
  return { ...platformLimitsKey, ...limits, limitsVersion: version };
}

export function platformLimitsFromItem(item: unknown): PlatformLimits {
  const { limitsVersion, ...limits } = platformLimitsItem.parse(item);
  return { ...limits, version: limitsVersion };
}

const signIn = z.object({
  issuer: z.string(),
  audience: z.string(),
  emailDomain: z.string().optional(),
});

/** One text for one content, so that a condition can compare it. */
export function signInToText(value: SignIn): string {
  return canonicalJson(value);
}

export function apiKeyToItem({ id, signIn: accepted, ...rest }: ApiKey) {
  return {
    ...rest,
    ...(accepted ? { signIn: signInToText(accepted) } : {}),
    apiKeyId: id,
    record: `${apiKeyRecordPrefix}${id}`,
  };
}

export function apiKeyFromItem(item: unknown): ApiKey {
  const { apiKeyId, signIn: text, ...rest } = apiKeyItem.parse(item);
  return {
    id: apiKeyId,
    ...rest,
    ...(text === undefined ? {} : { signIn: signIn.parse(JSON.parse(text)) }),
  };
}
