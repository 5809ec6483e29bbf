/** Admin API: alerts that were raised, and the rules by which they are. */
import {
  type AlertRulesInput,
  listAlertsRoute,
  readAlertRulesRoute,
  readPlatformAlertRulesRoute,
  replaceAlertRulesRoute,
  replacePlatformAlertRulesRoute,
} from "@caprock/contract";
import { type AlertOwner, platformOwner } from "@caprock/metering";
import { tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { alertRulesView, alertView } from "../alert-views.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";
import { pageOrProblem } from "../page-or-problem.ts";
import { replaceAlertRules } from "../replace-alert-rules.ts";

export function addAlertRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  const { alerts, alertRules } = parts.watch;

  async function replaceRules(c: Context<RequestEnv>, owner: AlertOwner, input: AlertRulesInput) {
    const rules = await replaceAlertRules(owner, input, { ...changeParts(c, parts), alertRules });
    return "refused" in rules
      ? (answerProblem(c, rules.refused) as never)
      : c.json(alertRulesView(rules), 200);
  }

  app.openapi(listAlertsRoute, async (c) => {
    const page = await pageOrProblem(() => alerts.list(c.req.valid("query")));
    if ("refused" in page) {
      return answerProblem(c, page.refused) as never;
    }
    return c.json({ ...page, alerts: page.alerts.map(alertView) }, 200);
  });

  app.openapi(readAlertRulesRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    return c.json(alertRulesView(await alertRules.read(tenantId)), 200);
  });

  app.openapi(replaceAlertRulesRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    return replaceRules(c, tenantId, c.req.valid("json"));
  });

  app.openapi(readPlatformAlertRulesRoute, async (c) =>
    c.json(alertRulesView(await alertRules.read(platformOwner)), 200),
  );

  app.openapi(replacePlatformAlertRulesRoute, (c) => replaceRules(c, platformOwner, c.req.valid("json")));
}
