/** Remembers the limits that bound calls last: until a window or an override ends they bind the next ones too. */
import type { PlatformLimits, Tenant } from "@caprock/domain";
import { type Limit, type LimitedCall, limitsOf } from "./limits.ts";
import { RecentWindows } from "./recent-windows.ts";

/** Keys, applications and models of a tenant that are remembered at once. */
const mostOfTenant = 100;

interface Known {
  readonly platform: PlatformLimits;
  readonly limits: readonly Limit[];
  /** Instants [startMs, endMs) in which no window and no override of theirs begins or ends. */
  readonly startMs: number;
  readonly endMs: number;
}

export class RecentLimits {
  private readonly windows = new RecentWindows();
  /** By the tenant as it was read: an edit of it is another object. */
  private readonly byTenant = new WeakMap<Tenant, Map<string, Known>>();

  /** The same as `limitsOf`. */
  of(call: LimitedCall): readonly Limit[] {
    const ofTenant = this.ofTenant(call.tenant);
    const name = `${call.apiKeyId} ${call.modelId} ${call.application}`;
    const known = ofTenant.get(name);
    if (
      known &&
      known.platform === call.platform &&
      holds(known, call.nowMs) &&
      holds(known, call.arrivedAtMs)
    ) {
      return known.limits;
    }
    const limits = limitsOf(call, this.windows.at);
    if (ofTenant.size >= mostOfTenant) {
      ofTenant.clear();
    }
    ofTenant.set(name, { platform: call.platform, limits, ...unchangedAround(call, limits) });
    return limits;
  }

  private ofTenant(tenant: Tenant): Map<string, Known> {
    const standing = this.byTenant.get(tenant);
    if (standing) {
      return standing;
    }
    const made = new Map<string, Known>();
    this.byTenant.set(tenant, made);
    return made;
  }
}

function holds({ startMs, endMs }: Known, instantMs: number): boolean {
  return startMs <= instantMs && instantMs < endMs;
}

function unchangedAround(
  { tenant, platform, nowMs }: LimitedCall,
  limits: readonly Limit[],
): Pick<Known, "startMs" | "endMs"> {
  const windows = limits.flatMap(({ window }) => window ?? []);
  const turns = [...tenant.limits.overrides, ...platform.overrides].flatMap(({ fromMs, untilMs }) => [
    fromMs,
    untilMs,
  ]);
  return {
    startMs: Math.max(...windows.map(({ startMs }) => startMs), ...turns.filter((atMs) => atMs <= nowMs)),
    endMs: Math.min(...windows.map(({ endMs }) => endMs), ...turns.filter((atMs) => atMs > nowMs)),
  };
}
