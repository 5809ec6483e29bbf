/** Admin API: reports on usage, and their exports. */
import {
  focusCsvRoute,
  forecastRoute,
  moversRoute,
  statementRoute,
  usageCsvRoute,
  usageReportRoute,
} from "@caprock/contract";
import {
  agentCoreMemoryId,
  compareWindows,
  exportFocus,
  forecastSpend,
  queryUsage,
  type ReportWindow,
  tenantStatement,
  type UsageDimension,
  type UsageFilter,
  windowAt,
} from "@caprock/metering";
import { tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import { streamBody } from "../../http/stream-body.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { metricReportView } from "../metric-report.ts";
import { forecastView, moversView, usageCsv, usageReportView } from "../report-views.ts";
import { renderStatement } from "../statement/render-statement.ts";

/** What one answer holds at most; the contract states it. */
const maxRows = 10_000;

/** Tenants whose eight weeks are read at once for forecasts. */
const forecastsAtOnce = 8;

export function addReportRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  const currentMonth = () => new Date(parts.clock.now()).toISOString().slice(0, 7);

  async function readUsage(asked: AskedReport) {
    const query = { ...queryOf(asked, currentMonth()), groupBy: asked.groupBy, maxRows };
    return queryUsage(query, await parts.tenants.list(), parts);
  }

  app.openapi(usageReportRoute, async (c) => {
    const asked = c.req.valid("query");
    if (asked.source === "cloudwatch") {
      const query = { ...queryOf(asked, currentMonth()), groupBy: asked.groupBy, maxRows };
      const view = await metricReportView(query, await parts.tenants.list(), parts);
      return "refused" in view ? (answerProblem(c, view.refused) as never) : c.json(view, 200);
    }
    const report = await readUsage(asked);
    return "refused" in report
      ? (answerProblem(c, report.refused) as never)
      : c.json(usageReportView(report, parts.clock.now()), 200);
  });

  app.openapi(usageCsvRoute, async (c) => {
    const asked = c.req.valid("query");
    if (asked.source === "cloudwatch") {
      const message = "The CSV is written from the ledger alone.";
      return answerProblem(c, { code: "invalid_request", message, param: "source" }) as never;
    }
    const report = await readUsage(asked);
    return "refused" in report
      ? (answerProblem(c, report.refused) as never)
      : (answerCsv("usage.csv", usageCsv(report, asked.groupBy)) as never);
  });

  app.openapi(moversRoute, async (c) => {
    const asked = c.req.valid("query");
    const nowMs = parts.clock.now();
    const query = { ...queryOf(asked, currentMonth()), by: asked.by, limit: asked.limit, nowMs, maxRows };
    const report = await compareWindows(query, await parts.tenants.list(), parts);
    return "refused" in report
      ? (answerProblem(c, report.refused) as never)
      : c.json(moversView(report, nowMs), 200);
  });

  app.openapi(forecastRoute, async (c) => {
    const nowMs = parts.clock.now();
    const tenants = await askedTenants(c.req.valid("query").tenant);
    const forecasts = [];
    for (let start = 0; start < tenants.length; start += forecastsAtOnce) {
      const some = tenants.slice(start, start + forecastsAtOnce);
      forecasts.push(
        ...(await Promise.all(
          some.map(async (tenant) => forecastView(tenant.id, await forecastSpend(tenant, nowMs, parts))),
        )),
      );
    }
    return c.json({ generatedAt: new Date(nowMs).toISOString(), forecasts }, 200);
  });

  app.openapi(focusCsvRoute, async (c) => {
    const { month = currentMonth(), tenant } = c.req.valid("query");
    const text = exportFocus(month, await askedTenants(tenant), {
      ...parts,
      region: parts.rerating.region,
      publisherOf: (modelId) => vendorOf.get(modelId) ?? "Unknown",
    });
    return answerCsv(`focus-${month}.csv`, text) as never;
  });

  app.openapi(statementRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const tenant = await parts.tenants.read(tenantId);
    if (!tenant) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const nowMs = parts.clock.now();
    const month = c.req.valid("query").month ?? windowAt("month", nowMs, tenant.timeZone).label;
    const statement = await tenantStatement(tenant, month, parts);
    return new Response(String(await renderStatement(statement, nowMs)), {
      headers: {
        "content-type": "text/html; charset=utf-8",
        // Nothing but its own style: what names contain is escaped, and would not run either.
        "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
        "x-content-type-options": "nosniff",
      },
    }) as never;
  });

  const vendorOf = new Map<string, string>([
    ...parts.catalog.list().map(({ id, vendor }) => [id, vendor] as const),
    [agentCoreMemoryId, "amazon"],
  ]);

  async function askedTenants(ids: readonly string[] | undefined) {
    return (await parts.tenants.list()).filter(({ id }) => ids?.includes(id) ?? true);
  }
}

interface AskedWindow extends UsageFilter {
  readonly month?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly timeZone?: string | undefined;
}

interface AskedReport extends AskedWindow {
  readonly groupBy: readonly UsageDimension[];
}

function queryOf(asked: AskedWindow, currentMonth: string) {
  const { tenant, application, key, model, tier, status, wire, timeZone } = asked;
  const filter: UsageFilter = Object.fromEntries(
    Object.entries({ tenant, application, key, model, tier, status, wire }).filter(
      ([, values]) => values !== undefined,
    ),
  );
  return { window: windowOf(asked, currentMonth), timeZone, filter };
}

/** The contract has made sure that both are days or both instants. */
function windowOf({ month, from, to }: AskedWindow, currentMonth: string): ReportWindow {
  if (from === undefined || to === undefined) {
    return { month: month ?? currentMonth };
  }
  return from.includes("T")
    ? { fromMs: Date.parse(from), toMs: Date.parse(to) }
    : { fromDay: from, toDay: to };
}

function answerCsv(fileName: string, text: AsyncGenerator<string>): Response {
  return new Response(
    streamBody(encoded(text), () => undefined),
    {
      headers: {
        "content-type": "text/csv; charset=utf-8; header=present",
        "content-disposition": `attachment; filename="${fileName}"`,
      },
    },
  );
}

async function* encoded(text: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of text) {
    yield encoder.encode(piece);
  }
}
