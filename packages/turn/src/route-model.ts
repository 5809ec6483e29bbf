/** Finds the model that a caller named, through the tenant's own inference profiles where it has them. */
import { type ModelRoute, type Refusal, refusal, type Tenant } from "@caprock/domain";
import type { Catalog } from "@caprock/inference";

const applicationProfile = /^arn:aws:bedrock:[a-z0-9-]+:\d{12}:application-inference-profile\/[^/]+$/;

/**
 * The route of an id, or of the ARN of one of the tenant's application inference profiles, which behaves as the model it
 * was made from. A model that the tenant has a profile for is called by that profile, so that AWS bills the tenant apart.
 * Refuses with `model_not_found`, also where another tenant has the profile.
 */
export function routeModel(
  modelId: string,
  { inferenceProfiles = [] }: Pick<Tenant, "inferenceProfiles">,
  catalog: Catalog,
  region: string,
): ModelRoute | Refusal {
  if (applicationProfile.test(modelId)) {
    const own = inferenceProfiles.find(({ arn }) => arn === modelId);
    const route = own && catalog.route(own.sourceId, region);
    return route === undefined || "refused" in route
      ? refusal({
          code: "model_not_found",
          message: `The tenant has no inference profile "${modelId}". Ask the platform team to register it.`,
          param: "model",
        })
      : { ...route, invokeId: modelId };
  }
  const route = catalog.route(modelId, region);
  if ("refused" in route) {
    return route;
  }
  const profile = inferenceProfiles.findLast(({ sourceId }) => sourceId === route.invokeId);
  return profile ? { ...route, invokeId: profile.arn } : route;
}
