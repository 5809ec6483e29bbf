/** Writes holds as the admin wire has them. */
import type { HoldView } from "@caprock/contract";
import { formatUsd } from "@caprock/domain";
import { type OpenHold, platformOwner } from "@caprock/metering";

export function holdView({ account, hold }: OpenHold): HoldView {
  const { owner, scope, of: part, unit, window } = account;
  const { requestId, tenantId, amount, state, expiresAtMs } = hold;
  const told = {
    requestId,
    ...(tenantId === platformOwner ? {} : { tenantId }),
    owner: owner === platformOwner ? ("platform" as const) : ("tenant" as const),
    scope,
    ...(part === undefined ? {} : { of: part }),
    ...(window === undefined ? {} : { window: { kind: window.kind, label: window.label } }),
    state,
    expiresAt: new Date(expiresAtMs).toISOString(),
  };
  return unit === "nanoUsd"
    ? { ...told, unit: "usd", amount: formatUsd(amount) }
    : { ...told, unit, amount: Number(amount) };
}
