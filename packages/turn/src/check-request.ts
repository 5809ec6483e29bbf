/** Refuses what Caprock cannot bound the cost of, and what the model cannot do. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import { metadataKeys } from "@caprock/metering";
import { checkModelFields } from "./check-model-fields.ts";
import type { ConverseBody } from "./converse-body.ts";

/** Bedrock takes at most 16 entries of request metadata; Caprock adds its own. */
const mostMetadataEntries = 16 - Object.keys(metadataKeys).length;

/** What is wrong with the request, or undefined. Codes: `model_not_found`, `unsupported_parameter`, `unsupported_by_model`, `invalid_request`. */
export function checkRequest(
  body: ConverseBody,
  model: Model,
  { streamed, maxOutputTokens }: { readonly streamed: boolean; readonly maxOutputTokens: number },
): Refusal | undefined {
  return (
    checkKind(model) ??
    checkCostBound(body, maxOutputTokens) ??
    checkMetadata(body) ??
    checkAbilities(body, model, streamed)
  );
}

function checkKind({ id, modality }: Model): Refusal | undefined {
  return modality === "chat"
    ? undefined
    : refusal({
        code: "model_not_found",
        message: `"${id}" is no chat model. Use an id whose modality is "chat" in GET /v1/models.`,
        param: "model",
      });
}

function checkCostBound(body: ConverseBody, maxOutputTokens: number): Refusal | undefined {
  if (body.promptVariables !== undefined) {
    return unsupported("promptVariables", "stored prompts are not served");
  }
  if ((body.performanceConfig?.latency ?? "standard") !== "standard") {
    return unsupported("performanceConfig.latency", "only the standard latency has a price here");
  }
  const systemTool = body.toolConfig?.tools.findIndex((tool) => "systemTool" in tool) ?? -1;
  if (systemTool !== -1) {
    return unsupported(
      `toolConfig.tools[${systemTool}]`,
      "tools that Bedrock runs itself have no price here",
    );
  }
  return checkModelFields(body.additionalModelRequestFields, maxOutputTokens);
}

/** Refuses names that are Caprock's own, and more entries than are left to callers. */
export function checkMetadata({
  requestMetadata = {},
}: Pick<ConverseBody, "requestMetadata">): Refusal | undefined {
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
  const withImage = supports.images ? -1 : body.messages.findIndex(({ content }) => content.some(hasImage));
  return withImage === -1
    ? undefined
    : refusal({
        code: "unsupported_by_model",
        message: `Model "${id}" cannot read images, but messages[${withImage}] holds one.`,
        param: `messages[${withImage}].content`,
      });
}

/** An image of its own, or one in the result of a tool. */
function hasImage(block: Readonly<Record<string, unknown>>): boolean {
  const { content } = (block.toolResult ?? {}) as { content?: unknown };
  return (
    "image" in block || (Array.isArray(content) && content.some((part) => part && "image" in Object(part)))
  );
}

function unsupported(param: string, reason: string): Refusal {
  return refusal({ code: "unsupported_parameter", message: `${param} cannot be used: ${reason}.`, param });
}
