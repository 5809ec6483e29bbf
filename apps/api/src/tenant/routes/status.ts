/** GET /v1/status: how the caller's limits stand, for people and for status lines. */
import { formatUsd } from "@caprock/domain";
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { readStandings, type Standing } from "../../standings/read-standings.ts";
import { answerProblem } from "../answer-problem.ts";
import { identify } from "../identify.ts";
import type { TenantParts } from "../tenant-parts.ts";

export function status(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const identified = await identify(c, parts);
    if ("refused" in identified) {
      return answerProblem(c, identified.refused);
    }
    const { tenant, apiKey, user } = identified.caller;
    const named = { apiKey, application: undefined, modelId: undefined };
    const standings = await readStandings(tenant, named, parts.standings);
    // What the platform as a whole may spend is none of a tenant's business.
    const own = standings.filter(({ owner }) => owner === "tenant");
    c.header("cache-control", "no-store");
    if (c.req.query("format") === "line") {
      return c.text(lineOf(tenant.name, own, tenant.timeZone));
    }
    return c.json({
      tenant: { id: tenant.id, name: tenant.name },
      apiKey: { id: apiKey.id, name: apiKey.name, application: apiKey.application },
      ...(user === undefined ? {} : { user }),
      limits: own.map(limitView),
    });
  };
}

function limitView({ limit, amount, settled, held, remaining }: Standing) {
  const told = (value: bigint) => (limit.unit === "nanoUsd" ? formatUsd(value) : value.toString());
  return {
    scope: limit.scope,
    unit: limit.unit === "nanoUsd" ? "usd" : limit.unit,
    ...(limit.window === undefined
      ? {}
      : { window: limit.window.kind, resetsAt: new Date(limit.window.endMs).toISOString() }),
    limit: told(amount),
    used: told(settled),
    held: told(held),
    remaining: told(remaining),
  };
}

/** One line of text, for example "Acme: $46.79 of $50.00 left until 1 Dec". */
function lineOf(name: string, standings: readonly Standing[], timeZone: string): string {
  const budgets = standings.filter(({ limit }) => limit.unit === "nanoUsd");
  const tightest = budgets.reduce<Standing | undefined>(
    (least, one) => (least === undefined || one.remaining < least.remaining ? one : least),
    undefined,
  );
  if (!tightest) {
    return `${name}: no budget`;
  }
  const { remaining, amount, limit } = tightest;
  const until =
    limit.window === undefined
      ? ""
      : ` until ${new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone }).format(limit.window.endMs)}`;
  return `${name}: $${cents(remaining)} of $${cents(amount)} left${until}`;
}

/** Cut, not rounded: what is not left must not be shown. */
function cents(nanoUsd: bigint): string {
  return formatUsd(nanoUsd).slice(0, -7);
}
