/** Admin API: what is set aside for calls, and giving back what no log can resolve. */
import { listHoldsRoute, releaseHoldRoute } from "@caprock/contract";
import type { Tenant } from "@caprock/domain";
import { monthlyCap, monthWindow } from "@caprock/metering";
import { recordChange, tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";
import { holdView } from "../views.ts";

export function addHoldRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  /** The account of a tenant's cap in a month of its time zone; the running month unless told. */
  async function readCapAccount(tenant: Tenant, month: string | undefined) {
    const instantMs = month === undefined ? parts.clock.now() : monthWindow(month, tenant.timeZone).startMs;
    const { accountId } = monthlyCap(tenant, instantMs);
    return { accountId, holds: (await parts.accounts.read(accountId))?.holds ?? [] };
  }

  app.openapi(listHoldsRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const tenant = await parts.tenants.read(tenantId);
    if (!tenant) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const { holds } = await readCapAccount(tenant, c.req.valid("query").month);
    // Request ids sort by the time of arrival.
    const oldestFirst = holds.toSorted((a, b) => (a.requestId < b.requestId ? -1 : 1));
    return c.json({ holds: oldestFirst.map(holdView) }, 200);
  });

  app.openapi(releaseHoldRoute, async (c) => {
    const { tenantId, requestId } = c.req.valid("param");
    const tenant = await parts.tenants.read(tenantId);
    if (!tenant) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const { accountId, holds } = await readCapAccount(tenant, c.req.valid("query").month);
    const hold = holds.find((open) => open.requestId === requestId);
    if (!hold) {
      return answerProblem(c, {
        code: "not_found",
        message: `Tenant "${tenantId}" has no open hold "${requestId}" in that month.`,
      }) as never;
    }
    if (hold.state !== "unresolved") {
      return answerProblem(c, {
        code: "conflict",
        message: "The call may still run and settle this hold itself. Only an unresolved hold is given back.",
      }) as never;
    }
    // Giving it back would leave a cost in the ledger that no account counts.
    if (await parts.ledger.find(tenantId, requestId)) {
      return answerProblem(c, {
        code: "conflict",
        message: "The call ran: the ledger has an entry for it, and the worker settles the hold by that.",
      }) as never;
    }
    const change = { accountId, amountNanoUsd: hold.amount };
    await recordChange(
      tenantId,
      { action: "hold.release", target: requestId, change },
      changeParts(c, parts),
    );
    await parts.accounts.settle(accountId, hold, 0n);
    return c.json(holdView(hold), 200);
  });
}
