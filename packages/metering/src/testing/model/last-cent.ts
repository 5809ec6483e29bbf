/** For the model check: when all has come to rest, what is left can be spent to the last cent. */
import { newRequestId, type PlatformLimits, type Random, type Tenant } from "@caprock/domain";
import type { Admission } from "../../admission.ts";
import { limitsOf } from "../../limits.ts";
import type { MemoryAccountStore } from "../memory-account-store.ts";

export interface AtRest {
  readonly accounts: MemoryAccountStore;
  readonly tenant: Tenant;
  readonly platform: PlatformLimits;
  readonly random: Random;
  readonly arrivedAtMs: number;
  readonly nowMs: number;
}

/** A call that needs exactly what is left on its accounts is let through by `admission`. */
export async function expectLastCentSpendable(
  admission: Admission,
  { accounts, tenant, platform, random, arrivedAtMs, nowMs }: AtRest,
): Promise<void> {
  const requestId = newRequestId({ now: () => arrivedAtMs }, random);
  const call = {
    requestId,
    tenant,
    platform,
    apiKeyId: "k000000000001",
    application: "chat",
    modelId: "vendor.model",
  };
  const limits = limitsOf({ ...call, arrivedAtMs, nowMs });
  await Promise.all(limits.map((limit) => accounts.applyLimit(limit)));
  const left = limits
    .filter(({ unit }) => unit === "nanoUsd" || unit === "tokens")
    .map(
      ({ accountId, amount }) =>
        accounts.all().find((one) => one.accountId === accountId)?.available ?? amount,
    )
    .reduce(smaller);
  if (left <= 0n) {
    return;
  }
  const request = { ...call, worstCaseNanoUsd: left, worstCaseTokens: Number(left) };
  if ("refused" in (await admission.reserve(request))) {
    throw new Error(`A call that needs the ${left} that are left was refused.`);
  }
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) {
    return a;
  }
  return b;
}
