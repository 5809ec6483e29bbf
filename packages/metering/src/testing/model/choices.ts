/** For the model check: the limits and calls of one run, as its tape has them. */
import type { LimitOverride, PlatformLimits, Tenant } from "@caprock/domain";
import type { AdmissionRequest } from "../../admission.ts";
import { tenantWith } from "../tenant-with.ts";
import type { Tape } from "./tape.ts";

export function chosenLimits(tape: Tape): { readonly tenant: Tenant; readonly platform: PlatformLimits } {
  const kinds = tape.next(16) & tape.next(16);
  const tenant = tenantWith("t000000000001", {
    monthlyCapNanoUsd: [100n, 40n, 1_000n, 400n][tape.next(4)] ?? 100n,
    requestsPerMinute: [1_000, 4][tape.next(2)] ?? 1_000,
    overBudget: { kind: tape.next(4) === 3 ? "throttle" : "refuse" },
    rules: [
      ...(kinds & 1 ? [{ id: "a", scope: "key", unit: "tokens", window: "day", amount: 60n } as const] : []),
      ...(kinds & 2 ? [{ id: "b", scope: "tenant", unit: "concurrency", amount: 3n } as const] : []),
      ...(kinds & 4
        ? [
            {
              id: "c",
              scope: "application",
              of: "chat",
              unit: "nanoUsd",
              window: "week",
              amount: 70n,
            } as const,
          ]
        : []),
    ],
  });
  const platform: PlatformLimits = {
    rules: kinds & 8 ? [{ id: "d", scope: "model", unit: "tokens", window: "day", amount: 90n }] : [],
    overrides: [],
    timeZone: "UTC",
    version: 1,
  };
  return { tenant, platform };
}

/** An operator changes the cap, or lets it be another for a while. */
export function editedTenant(tape: Tape, tenant: Tenant, nowMs: number): Tenant {
  const { limits } = tenant;
  const amount = BigInt([20, 60, 120, 45][tape.next(4)] ?? 60);
  const fromMs = nowMs + ([0, 30_000][tape.next(2)] ?? 0);
  const override: LimitOverride = {
    id: `o${tenant.limits.version}`,
    limitId: "monthly-cap",
    amount,
    fromMs,
    untilMs: fromMs + 90_000,
    author: "operator",
    reason: "test",
  };
  const change =
    tape.next(2) === 0
      ? { monthlyCapNanoUsd: amount }
      : { overrides: [...limits.overrides.slice(-1), override] };
  return { ...tenant, limits: { ...limits, ...change, version: limits.version + 1 } };
}

/**
 * A call that asks for something; one in four may ask for more while it runs. Its key may be another one, or may have
 * moved to another application. A rotation is no step of its own: a key keeps its id, which is all that is seen of it here.
 */
export function chosenRequest(
  tape: Tape,
  who: Pick<AdmissionRequest, "requestId" | "tenant" | "platform">,
): AdmissionRequest {
  const [size, key, app, more] = tape.split(4, 3, 2, 4);
  const worst = [5, 12, 30, 1][size] ?? 5;
  return {
    ...who,
    apiKeyId: key === 2 ? "k000000000002" : "k000000000001",
    application: app === 1 ? "chat" : "default",
    modelId: "vendor.model",
    worstCaseNanoUsd: BigInt(worst),
    worstCaseTokens: worst,
    ...(more === 3 ? { extends: true } : {}),
  };
}
