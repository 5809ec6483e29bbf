/** Admin API: the application inference profiles by which AWS bills a tenant apart. */
import { addInferenceProfileRoute, removeInferenceProfileRoute } from "@caprock/contract";
import { type ModelRoute, type Refusal, refusal } from "@caprock/domain";
import {
  addInferenceProfile,
  type ChangeParts,
  checkProfileRoom,
  recordChange,
  removeInferenceProfile,
  tenantNotFound,
} from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";
import { tenantView } from "../views.ts";

export function addInferenceProfileRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(addInferenceProfileRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const { model, arn } = c.req.valid("json");
    const route = parts.catalog.route(model, parts.profiles.region);
    if ("refused" in route) {
      return answerProblem(c, route.refused) as never;
    }
    const found = await parts.tenants.read(tenantId);
    if (!found) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const isThere = found.inferenceProfiles?.some(({ sourceId }) => sourceId === route.sourceId);
    if (arn === undefined && isThere) {
      return c.json(tenantView(found), 200);
    }
    const wrong = arn === undefined ? checkProfileRoom(found) : await checkProfile(arn, route, parts);
    if (wrong) {
      return answerProblem(c, wrong.refused) as never;
    }
    const made = arn ?? (await makeProfile(tenantId, route, changeParts(c, parts)));
    const tenant = await addInferenceProfile(
      tenantId,
      { arn: made, sourceId: route.sourceId },
      changeParts(c, parts),
    );
    return "refused" in tenant
      ? (answerProblem(c, tenant.refused) as never)
      : c.json(tenantView(tenant), 200);
  });

  app.openapi(removeInferenceProfileRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    const { arn } = c.req.valid("query");
    const tenant = await removeInferenceProfile(tenantId, arn, changeParts(c, parts));
    return "refused" in tenant
      ? (answerProblem(c, tenant.refused) as never)
      : c.json(tenantView(tenant), 200);
  });
}

/** AWS tells the models behind a profile: a profile of another model would be charged at the wrong price. */
async function checkProfile(
  arn: string,
  { model }: ModelRoute,
  { profiles }: AdminParts,
): Promise<Refusal | undefined> {
  const models = await profiles.inferenceProfiles.modelsOf(arn);
  if (!models) {
    return refusal({
      code: "not_found",
      message: `AWS knows no inference profile "${arn}" here.`,
      param: "arn",
    });
  }
  return models.every((id) => id === model.id)
    ? undefined
    : refusal({
        code: "invalid_request",
        message: `The profile is of ${models.join(", ")}, and not of "${model.id}".`,
        param: "model",
      });
}

/** Told before AWS is asked, so that no profile is made at AWS without a word of who made it. */
async function makeProfile(
  tenantId: string,
  route: ModelRoute,
  parts: AdminParts & ChangeParts,
): Promise<string> {
  const profile = profileOf(tenantId, route, parts);
  const { name, tags } = profile;
  await recordChange(
    tenantId,
    { action: "profile.create", target: route.sourceId, change: { name, tags } },
    parts,
  );
  return parts.profiles.inferenceProfiles.create(profile);
}

function profileOf(tenantId: string, { model, sourceId, profile }: ModelRoute, { profiles }: AdminParts) {
  const { tenantTag, modelTag } = profiles;
  return {
    // AWS takes letters, digits and single dashes.
    name: `caprock-${tenantId}-${sourceId}`.replaceAll(/[^A-Za-z0-9]+/g, "-").slice(0, 64),
    sourceId,
    isSystemProfile: profile !== undefined,
    tags: { [tenantTag]: tenantId, [modelTag]: model.id },
  };
}
