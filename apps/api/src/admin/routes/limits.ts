/** Admin API: how limits stand, overrides of them, and the platform's own limits. */
import {
  addOverrideRoute,
  addPlatformOverrideRoute,
  endOverrideRoute,
  endPlatformOverrideRoute,
  listLimitsRoute,
  readPlatformLimitsRoute,
  replacePlatformLimitsRoute,
} from "@caprock/contract";
import {
  addOverride,
  addPlatformOverride,
  apiKeyNotFound,
  endOverride,
  endPlatformOverride,
  tenantNotFound,
  updatePlatformLimits,
} from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import { readStandings } from "../../standings/read-standings.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { applyPlatformLimits, applyTenantLimits } from "../apply-limits.ts";
import { changeParts } from "../change-parts.ts";
import { checkModels, findModel, wrongModel } from "../check-models.ts";
import {
  overrideFromInput,
  overrideView,
  platformLimitsView,
  ruleFromInput,
  standingView,
} from "../limit-views.ts";

export function addLimitRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(listLimitsRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const { apiKeyId, application, modelId } = c.req.valid("query");
    const tenant = await parts.tenants.read(tenantId);
    if (!tenant) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const apiKey = apiKeyId === undefined ? undefined : await parts.apiKeys.read(tenantId, apiKeyId);
    if (apiKeyId !== undefined && !apiKey) {
      return answerProblem(c, apiKeyNotFound(tenantId, apiKeyId).refused) as never;
    }
    const model = modelId === undefined ? undefined : findModel(modelId, parts.catalog);
    if (modelId !== undefined && !model) {
      return answerProblem(c, wrongModel("modelId").refused) as never;
    }
    const standings = await readStandings(tenant, { apiKey, application, modelId: model?.id }, parts);
    return c.json({ limits: standings.map(standingView) }, 200);
  });

  app.openapi(addOverrideRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const added = await addOverride(tenantId, overrideFromInput(c.req.valid("json")), changeParts(c, parts));
    if ("refused" in added) {
      return answerProblem(c, added.refused) as never;
    }
    await applyTenantLimits(added.tenant, parts);
    return c.json(overrideView(added.override, added.tenant.limits.rules), 201);
  });

  app.openapi(endOverrideRoute, async (c) => {
    const { tenantId, overrideId } = c.req.valid("param");
    const ended = await endOverride(tenantId, overrideId, changeParts(c, parts));
    if ("refused" in ended) {
      return answerProblem(c, ended.refused) as never;
    }
    await applyTenantLimits(ended.tenant, parts);
    return c.json(overrideView(ended.override, ended.tenant.limits.rules), 200);
  });

  app.openapi(readPlatformLimitsRoute, async (c) =>
    c.json(platformLimitsView(await parts.platformLimits.read()), 200),
  );

  app.openapi(replacePlatformLimitsRoute, async (c) => {
    const body = c.req.valid("json");
    const rules = body.rules.map(ruleFromInput);
    const limits =
      checkModels({ rules }, parts.catalog) ??
      (await updatePlatformLimits({ ...body, rules }, changeParts(c, parts)));
    if ("refused" in limits) {
      return answerProblem(c, limits.refused) as never;
    }
    await applyPlatformLimits(limits, parts);
    return c.json(platformLimitsView(limits), 200);
  });

  app.openapi(addPlatformOverrideRoute, async (c) => {
    const added = await addPlatformOverride(overrideFromInput(c.req.valid("json")), changeParts(c, parts));
    if ("refused" in added) {
      return answerProblem(c, added.refused) as never;
    }
    await applyPlatformLimits(added.limits, parts);
    return c.json(overrideView(added.override, added.limits.rules), 201);
  });

  app.openapi(endPlatformOverrideRoute, async (c) => {
    const ended = await endPlatformOverride(c.req.valid("param").overrideId, changeParts(c, parts));
    if ("refused" in ended) {
      return answerProblem(c, ended.refused) as never;
    }
    await applyPlatformLimits(ended.limits, parts);
    return c.json(overrideView(ended.override, ended.limits.rules), 200);
  });
}
