/** How tenants and keys are written as items, and read back. */
import { type ApiKey, type Tenant, tenantStatuses } from "@caprock/domain";
import { z } from "zod";

export const tenantRecordName = "tenant";
export const apiKeyRecordPrefix = "key#";

const exactInteger = z.union([z.int(), z.bigint()]).transform((value) => BigInt(value));

const tenantItem = z.object({
  tenantId: z.string(),
  name: z.string(),
  status: z.enum(tenantStatuses),
  timeZone: z.string(),
  monthlyCapNanoUsd: exactInteger,
  requestsPerMinute: z.number(),
  limitsVersion: z.number(),
  demo: z.boolean(),
  createdAtMs: z.number(),
});

const apiKeyItem = z.object({
  tenantId: z.string(),
  apiKeyId: z.string(),
  name: z.string(),
  secretSha256: z.string(),
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
    limitsVersion: tenant.limits.version,
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
      version: read.limitsVersion,
    },
    demo: read.demo,
    createdAtMs: read.createdAtMs,
  };
}

export function apiKeyToItem(key: ApiKey) {
  const { id, ...rest } = key;
  return { ...rest, apiKeyId: id, record: `${apiKeyRecordPrefix}${id}` };
}

export function apiKeyFromItem(item: unknown): ApiKey {
  const { apiKeyId, ...rest } = apiKeyItem.parse(item);
  return { id: apiKeyId, ...rest };
}
