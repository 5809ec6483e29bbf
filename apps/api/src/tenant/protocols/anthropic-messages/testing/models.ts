/** For tests: a Claude, a Nova and a model that takes no cache points. */
import type { Model } from "@caprock/domain";
import { allModels } from "@caprock/inference";

function named(id: string): Model {
  const model = allModels.find((one) => one.id === id);
  if (!model) {
    throw new RangeError(`No model ${id}.`);
  }
  return model;
}

export const claude = named("anthropic.claude-sonnet-4-6");
export const nova = named("amazon.nova-lite-v1:0");
export const llama = named("meta.llama3-3-70b-instruct-v1:0");
