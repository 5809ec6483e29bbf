/** Checks the models that a context policy names: they are asked after answers, when nobody is there to be told. */
import { type ContextPolicy, type ModelModality, type Refusal, refusal, type Tenant } from "@caprock/domain";
import { routeModel } from "./route-model.ts";
import type { TurnParts } from "./turn-request.ts";

type PolicyModelParts = Pick<TurnParts, "catalog" | "region" | "clock"> & {
  readonly priceBook: Pick<TurnParts["priceBook"], "findForRoute">;
};

/**
 * `where` is the place of the policy as its author wrote it, a header or a member, by which refusals name it. Refuses with
 * `invalid_request` what is no such model, and with `model_unpriced` one whose cost could not be capped.
 */
export function checkPolicyModels(
  policy: Pick<ContextPolicy, "summariserModel" | "embeddingModel">,
  where: string,
  tenant: Pick<Tenant, "inferenceProfiles">,
  parts: PolicyModelParts,
): Refusal | undefined {
  const { summariserModel, embeddingModel } = policy;
  return (
    check(summariserModel, "chat", `${where}.summariserModel`, tenant, parts) ??
    check(embeddingModel, "embedding", `${where}.embeddingModel`, tenant, parts)
  );
}

function check(
  id: string | undefined,
  modality: ModelModality,
  param: string,
  tenant: Pick<Tenant, "inferenceProfiles">,
  { catalog, region, priceBook, clock }: PolicyModelParts,
): Refusal | undefined {
  if (id === undefined) {
    return undefined;
  }
  const route = routeModel(id, tenant, catalog, region);
  if ("refused" in route) {
    return refusal({ code: "invalid_request", message: `${param}: ${route.refused.message}`, param });
  }
  if (route.model.modality !== modality) {
    return refusal({
      code: "invalid_request",
      message: `${param}: "${id}" is no ${modality} model. Use an id whose modality is "${modality}" in GET /v1/models.`,
      param,
    });
  }
  return priceBook.findForRoute(route, "default", clock.now())
    ? undefined
    : refusal({
        code: "model_unpriced",
        message: `${param}: "${id}" has no price, so that its cost could not be capped. Name another model.`,
        param,
      });
}
