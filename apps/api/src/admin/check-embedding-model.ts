/** Checks the embedding model that a context policy names: one without a price would never be asked. */
import { type ContextPolicy, type Refusal, refusal } from "@caprock/domain";
import { type Catalog, callableIds } from "@caprock/inference";
import type { PriceBook } from "@caprock/metering";
import { findModel, wrongModel } from "./check-models.ts";

export interface EmbeddingModelParts {
  readonly catalog: Catalog;
  readonly priceBook: Pick<PriceBook, "findForRoute">;
  readonly region: string;
}

/** Refuses with `invalid_request`, or `model_unpriced`, naming the member. */
export function checkEmbeddingModel(
  { embeddingModel: id }: ContextPolicy,
  { catalog, priceBook, region }: EmbeddingModelParts,
  nowMs: number,
): Refusal | undefined {
  const param = "contextPolicy.embeddingModel";
  if (id === undefined) {
    return undefined;
  }
  if (findModel(id, catalog)?.modality !== "embedding") {
    const known = catalog.list().filter(({ modality }) => modality === "embedding");
    const ids = known.flatMap(callableIds).join(", ");
    return wrongModel(param, `"${id}" is no embedding model; use one of ${ids}`);
  }
  const route = catalog.route(id, region);
  if ("refused" in route) {
    return refusal({ ...route.refused, message: `${param}: ${route.refused.message}`, param });
  }
  return priceBook.findForRoute(route, "default", nowMs)
    ? undefined
    : refusal({
        code: "model_unpriced",
        message: `${param}: "${id}" has no price, so that its cost could not be capped.`,
        param,
      });
}
