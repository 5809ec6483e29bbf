/** Admin API: pricing a month again, its adjustments, and closed months. */
import { listAdjustmentsRoute, listClosedMonthsRoute, rerateRoute } from "@caprock/contract";
import { monthWindow, rerate, windowAt } from "@caprock/metering";
import { recordChange, tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import { adjustmentView, closedMonthView, rerateReportView } from "../adjustment-views.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";
import { priceEntry } from "../price-entry.ts";

export function addAdjustmentRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  const { adjustments, closedMonths, clock, ledger, rerating } = parts;

  app.openapi(rerateRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const { month, reason, dryRun } = c.req.valid("json");
    const tenant = await parts.tenants.read(tenantId);
    if (!tenant) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const priceBookVersion = rerating.priceBook.version;
    if (!dryRun) {
      const told = {
        action: "ledger.rerate",
        target: tenantId,
        change: { month, reason, priceBookVersion },
      } as const;
      await recordChange(tenantId, told, changeParts(c, parts));
    }
    const report = await rerate(
      { tenant, range: monthWindow(month, tenant.timeZone), dryRun, author: c.get("actor"), reason },
      {
        ledger,
        adjustments,
        clock,
        priceOf: (entry) => priceEntry(entry, { ...rerating, catalog: parts.catalog }),
        closeAfterMs: rerating.closeAfterMs,
        correctableForMs: rerating.correctableForMs,
      },
    );
    return c.json(rerateReportView({ dryRun, month, priceBookVersion }, report), 200);
  });

  app.openapi(listAdjustmentsRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const { month, limit, after } = c.req.valid("query");
    const tenant = await parts.tenants.read(tenantId);
    if (!tenant) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const asked = month ?? windowAt("month", clock.now(), tenant.timeZone).label;
    const page = [];
    let next: string | undefined;
    for await (const adjustment of adjustments.billedIn(tenantId, asked, after)) {
      if (page.length === limit) {
        next = page.at(-1)?.adjustmentId;
        break;
      }
      page.push(adjustmentView(adjustment));
    }
    return c.json({ adjustments: page, ...(next === undefined ? {} : { next }) }, 200);
  });

  app.openapi(listClosedMonthsRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const closed = [];
    for await (const each of closedMonths.list(tenantId)) {
      closed.push(closedMonthView(each));
    }
    return c.json({ closedMonths: closed }, 200);
  });
}
