/** How the limits that bind a tenant's calls stand now, account by account. */
import {
  type ApiKey,
  type Clock,
  defaultApplication,
  type LimitOverride,
  type LimitRule,
  type LimitScope,
  type ModelId,
  overrideAt,
  type Tenant,
} from "@caprock/domain";
import { type AccountStore, heldOn, type Limit, limitsOf, platformOwner } from "@caprock/metering";
import type { PlatformLimitsStore } from "@caprock/tenancy";

/** The parts of the tenant whose limits are asked for. */
export interface NamedParts {
  readonly apiKey: ApiKey | undefined;
  readonly application: string | undefined;
  readonly modelId: ModelId | undefined;
}

export interface Standing {
  readonly limit: Limit;
  readonly owner: "tenant" | "platform";
  /** What is allowed at this instant, overrides included. */
  readonly amount: bigint;
  readonly settled: bigint;
  readonly held: bigint;
  /** Not below zero, also where the limit was lowered below what is used. */
  readonly remaining: bigint;
  readonly override: LimitOverride | undefined;
  /** The owner's rules. */
  readonly rules: readonly LimitRule[];
}

export interface StandingParts {
  readonly accounts: Pick<AccountStore, "read">;
  readonly platformLimits: Pick<PlatformLimitsStore, "read">;
  readonly clock: Clock;
}

/** Reads one account for each limit; an account that nothing was held on yet stands at nothing used. */
export async function readStandings(
  tenant: Tenant,
  { apiKey, application = apiKey?.application, modelId }: NamedParts,
  { accounts, platformLimits, clock }: StandingParts,
): Promise<readonly Standing[]> {
  const nowMs = clock.now();
  const platform = await platformLimits.read();
  const named: Partial<Record<LimitScope, string | undefined>> = {
    application,
    key: apiKey?.id,
    model: modelId,
  };
  const limits = limitsOf({
    tenant,
    platform,
    apiKeyId: apiKey?.id ?? "",
    application: application ?? defaultApplication,
    modelId: modelId ?? "",
    arrivedAtMs: nowMs,
    nowMs,
  }).filter(({ scope }) => scope === "tenant" || scope === "platform" || named[scope] !== undefined);
  return Promise.all(
    limits.map(async (limit): Promise<Standing> => {
      const isPlatforms = limit.owner === platformOwner;
      const { rules, overrides } = isPlatforms ? platform : tenant.limits;
      const account = await accounts.read(limit.accountId);
      // The account may have seen a newer edit than was read here.
      const amount = account && account.limitVersion > limit.version ? account.limit : limit.amount;
      const settled = account?.settled ?? 0n;
      const held = account ? heldOn(account) : 0n;
      const left = amount - settled - held;
      return {
        limit,
        owner: isPlatforms ? "platform" : "tenant",
        amount,
        settled,
        held,
        remaining: left > 0n ? left : 0n,
        override: overrideAt(overrides, limit.limitId, nowMs),
        rules,
      };
    }),
  );
}
