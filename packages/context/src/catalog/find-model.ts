/** Finds what the catalog knows of a model by any id of it, for whoever fits prompts and routes nothing. */
import type { Model } from "@caprock/domain";
import { allModels } from "./all-models.ts";

/**
 * The model of an id as Bedrock takes it, with or without an inference profile's prefix ("us.", "global." …). Undefined for one
 * that the catalog does not know: then state its window yourself, and 1.5 as `tokenizerFactor`, the safe end.
 */
export function findModel(id: string): Model | undefined {
  return allModels.find(
    (model) => model.id === id || model.profiles.some((profile) => id === `${profile}.${model.id}`),
  );
}
