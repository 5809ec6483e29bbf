/** Refuses what Caprock cannot bound the cost of, and what the model cannot do. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import { metadataKeys } from "@caprock/metering";
import type { ConverseBody } from "./converse-body.ts";

/**
 * Vendors' own names of the output limit. Bedrock hands additionalModelRequestFields to the model as they are,
 * so one of these could raise the limit above what was held.
 */
const outputLimitFields = new Set([
  "max_completion_tokens",
  "max_gen_len",
  "max_new_tokens",
  "max_output_tokens",
  "max_tokens",
  "max_tokens_to_sample",
  "maxtokens",
  "inferenceconfig",
]);

/** Bedrock takes at most 16 entries of request metadata; Caprock adds its own. */
const mostMetadataEntries = 16 - Object.keys(metadataKeys).length;

/** What is wrong with the request, or undefined. Codes: `unsupported_parameter`, `unsupported_by_model`, `invalid_request`. */
export function checkRequest(body: ConverseBody, model: Model, streamed: boolean): Refusal | undefined {
  return checkCostBound(body) ?? checkMetadata(body) ?? checkAbilities(body, model, streamed);
}

function checkCostBound(body: ConverseBody): Refusal | undefined {
  if (body.guardrailConfig !== undefined) {
    return unsupported("guardrailConfig", "guardrails are billed apart and have no price here");
  }
  if (body.promptVariables !== undefined) {
    return unsupported("promptVariables", "stored prompts are not served");
  }
  if (body.performanceConfig?.latency === "optimized") {
    return unsupported("performanceConfig.latency", "the optimized latency has no price here");
  }
  const limit = nameOfOutputLimit(body.additionalModelRequestFields);
  return limit === undefined
    ? undefined
    : unsupported(`additionalModelRequestFields.${limit}`, "set inferenceConfig.maxTokens instead");
}

function nameOfOutputLimit(fields: unknown): string | undefined {
  return typeof fields === "object" && fields !== null
    ? Object.keys(fields).find((name) => outputLimitFields.has(name.toLowerCase()))
    : undefined;
}

function checkMetadata({ requestMetadata = {} }: ConverseBody): Refusal | undefined {
  const names = Object.keys(requestMetadata);
  const reserved = names.find((name) => name.startsWith("caprock_"));
  if (reserved !== undefined) {
    return unsupported(`requestMetadata.${reserved}`, 'names that begin with "caprock_" are Caprock\'s own');
  }
  return names.length > mostMetadataEntries
    ? refusal({
        code: "invalid_request",
        message: `requestMetadata: has ${names.length} entries, at most ${mostMetadataEntries} are left to callers.`,
        param: "requestMetadata",
      })
    : undefined;
}

function checkAbilities(body: ConverseBody, model: Model, streamed: boolean): Refusal | undefined {
  const { supports, id } = model;
  if (body.toolConfig && !(streamed ? supports.toolsWhileStreaming : supports.tools)) {
    const how = streamed && supports.tools ? "call tools while streaming; ask without stream" : "call tools";
    return refusal({ code: "unsupported_by_model", message: `Model "${id}" cannot ${how}.`, param: "tools" });
  }
  if (!supports.system && (body.system?.length ?? 0) > 0) {
    return refusal({
      code: "unsupported_by_model",
      message: `Model "${id}" takes no system prompt.`,
      param: "system",
    });
  }
  const withImage = supports.images
    ? -1
    : body.messages.findIndex(({ content }) => content.some((block) => "image" in block));
  return withImage === -1
    ? undefined
    : refusal({
        code: "unsupported_by_model",
        message: `Model "${id}" cannot read images, but messages[${withImage}] holds one.`,
        param: `messages[${withImage}].content`,
      });
}

function unsupported(param: string, reason: string): Refusal {
  return refusal({ code: "unsupported_parameter", message: `${param} cannot be used: ${reason}.`, param });
}
