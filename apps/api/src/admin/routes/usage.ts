/** Admin API: spend of a month, and the ledger entries behind it. */
import { listLedgerRoute, type UsageSummaryView, usageSummaryRoute } from "@caprock/contract";
import { addUsage, formatUsd, noTokens } from "@caprock/domain";
import { monthlyCap, monthWindow, summariseUsage, type UsageSummary, windowAt } from "@caprock/metering";
import { tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { ledgerEntryView } from "../views.ts";

export function addUsageRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  const runningMonth = (timeZone: string) => windowAt("month", parts.clock.now(), timeZone).label;

  app.openapi(usageSummaryRoute, async (c) => {
    const { month, timeZone } = c.req.valid("query");
    const summary = await summariseUsage(month, await parts.tenants.list(), parts, timeZone);
    return c.json(summaryView(month ?? runningMonth(timeZone ?? "UTC"), summary, parts.clock.now()), 200);
  });

  app.openapi(listLedgerRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const { month, limit, after } = c.req.valid("query");
    const tenant = await parts.tenants.read(tenantId);
    if (!tenant) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const entries = [];
    let next: string | undefined;
    for await (const entry of parts.ledger.list(tenantId, {
      ...monthWindow(month ?? runningMonth(tenant.timeZone), tenant.timeZone),
      after,
    })) {
      if (entries.length === limit) {
        next = entries.at(-1)?.requestId;
        break;
      }
      entries.push(ledgerEntryView(entry));
    }
    return c.json({ entries, ...(next === undefined ? {} : { next }) }, 200);
  });
}

function summaryView(month: string, { tenants, series }: UsageSummary, nowMs: number): UsageSummaryView {
  const total = (amounts: readonly bigint[]) => formatUsd(amounts.reduce((sum, amount) => sum + amount, 0n));
  return {
    month,
    generatedAt: new Date(nowMs).toISOString(),
    totals: {
      costUsd: total(tenants.map(({ costNanoUsd }) => costNanoUsd)),
      heldUsd: total(tenants.map(({ heldNanoUsd }) => heldNanoUsd)),
      requests: tenants.reduce((sum, { requests }) => sum + requests, 0),
      tokens: tenants.reduce((sum, { usage }) => addUsage(sum, usage), noTokens),
    },
    tenants: tenants.map(({ tenant, month: summed, costNanoUsd, heldNanoUsd, requests, usage }) => ({
      tenantId: tenant.id,
      name: tenant.name,
      status: tenant.status,
      month: summed,
      capUsd: formatUsd(monthlyCap(tenant, nowMs).amount),
      costUsd: formatUsd(costNanoUsd),
      heldUsd: formatUsd(heldNanoUsd),
      requests,
      tokens: usage,
    })),
    series: series.map(({ day, modelId, costNanoUsd, requests }) => ({
      day,
      modelId,
      costUsd: formatUsd(costNanoUsd),
      requests,
    })),
  };
}
