/** Finds what the catalog knows of a model by any id of it, for whoever fits prompts and routes nothing. */
import type { Model } from "@caprock/domain";
import { allModels } from "./all-models.ts";

/**
 * The model of an id as Bedrock takes it, with or without an inference profile's prefix ("us.", "global." …), or of the ARN of
 * either. Undefined for one that the catalog does not know, such as a profile that you made: then state its window yourself, and
 * 1.5 as `tokenizerFactor`, the safe end.
 */
export function findModel(id: string): Model | undefined {
  const name = id.slice(id.lastIndexOf("/") + 1);
  return allModels.find(
    (model) => model.id === name || model.profiles.some((profile) => name === `${profile}.${model.id}`),
  );
}
