/** For tests: a call that asks to be let through. */
import { noPlatformLimits, type RequestId, type Tenant } from "@caprock/domain";
import type { AdmissionRequest } from "../admission.ts";
import { type Limit, limitsOf } from "../limits.ts";

/** A call of the tenant's only key; of anything a test does not mention, something harmless. */
export function admissionRequest(
  tenant: Tenant,
  requestId: RequestId,
  worstCaseNanoUsd: bigint,
  wanted: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  return {
    requestId,
    tenant,
    platform: noPlatformLimits,
    apiKeyId: "k000000000000",
    application: "default",
    modelId: "vendor.model",
    worstCaseNanoUsd,
    worstCaseTokens: 100,
    ...wanted,
  };
}

/** The limits of such a call that arrives at `nowMs`. */
export function limitsAt(
  tenant: Tenant,
  nowMs: number,
  wanted: Partial<AdmissionRequest> = {},
): readonly Limit[] {
  return limitsOf({ ...admissionRequest(tenant, "", 0n, wanted), arrivedAtMs: nowMs, nowMs });
}
