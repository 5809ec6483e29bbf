/** Asks for an answer in JSON: by Bedrock's own structured output where that can say it, else by a tool whose input is the answer. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import type { ConverseTool, ConverseToolConfig } from "../converse-json.ts";
import { isObject } from "../openai/served-parameters.ts";

export type AnswerFormat =
  | { readonly type: "text" }
  | { readonly type: "json_object" }
  | {
      readonly type: "json_schema";
      readonly name: string;
      readonly description?: string | undefined;
      readonly schema: Readonly<Record<string, unknown>>;
    };

export interface FormatOptions {
  readonly model: Model;
  readonly streamed: boolean;
  /** Whether the caller gave tools of its own that the model may choose among. */
  readonly mayCallTools: boolean;
  /** The member that asks for the format, as the caller wrote it. */
  readonly param: string;
  /** Gives a schema to a model with structured output as it is, even one that Bedrock will refuse. */
  readonly asWritten?: boolean;
}

/** What of a Converse body the format of the answer depends on and changes. */
export interface FormattableBody {
  readonly system?: readonly object[];
  readonly toolConfig?: { readonly tools: readonly object[]; readonly toolChoice?: object };
  readonly outputConfig?: object;
}

export interface Formatted<Body> {
  readonly body: Body;
  /** Whether the answer comes as the input of the answer tool. */
  readonly answersByTool: boolean;
}

/** The tool whose input stands for the answer; `unwrap-answer.ts` takes it out again. */
export const answerToolName = "caprock_answer";

/**
 * The body that asks for `format`. A choice that forces one of the caller's own tools stays, since then the answer is that
 * call. Refuses with `unsupported_by_model` where the model has neither structured output nor tools.
 */
export function withAnswerFormat<Body extends FormattableBody>(
  body: Body,
  format: AnswerFormat,
  { model, streamed, mayCallTools, param, asWritten = false }: FormatOptions,
): Formatted<Body> | Refusal {
  if (format.type === "text" || body.toolConfig?.toolChoice) {
    return { body, answersByTool: false };
  }
  if (
    format.type === "json_schema" &&
    model.supports.structuredOutput &&
    (asWritten || isNative(format.schema))
  ) {
    const { name, description, schema } = format;
    const jsonSchema = { name, ...(description && { description }), schema: JSON.stringify(schema) };
    return {
      body: { ...body, outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema } } } },
      answersByTool: false,
    };
  }
  if (!(streamed ? model.supports.toolsWhileStreaming : model.supports.tools)) {
    const how = streamed && model.supports.tools ? " while streaming; ask without stream" : "";
    return refusal({
      code: "unsupported_by_model",
      message: `\`${param}\`: model "${model.id}" cannot answer in JSON by a schema or a tool${how}.`,
      param,
    });
  }
  return { body: withAnswerTool(body, format, model, mayCallTools), answersByTool: true };
}

function withAnswerTool<Body extends FormattableBody>(
  body: Body,
  format: Exclude<AnswerFormat, { type: "text" }>,
  model: Model,
  mayCallTools: boolean,
): Body {
  const tools = [...(body.toolConfig?.tools ?? []), answerTool(format)];
  if (model.supports.forcedTools) {
    const toolChoice: ConverseToolConfig["toolChoice"] = mayCallTools
      ? { any: {} }
      : { tool: { name: answerToolName } };
    return { ...body, toolConfig: { tools, toolChoice } };
  }
  const text = `Give your final answer only by calling the tool "${answerToolName}"; its input is the answer.`;
  return { ...body, toolConfig: { tools }, system: [...(body.system ?? []), { text }] };
}

function answerTool(format: Exclude<AnswerFormat, { type: "text" }>): ConverseTool {
  const described = format.type === "json_schema" ? (format.description ?? format.name) : "any JSON object";
  return {
    toolSpec: {
      name: answerToolName,
      description: `Gives the final answer. The input is the answer itself: ${described}`,
      inputSchema: {
        json: format.type === "json_schema" ? { type: "object", ...format.schema } : { type: "object" },
      },
    },
  };
}

/** Keywords that Bedrock's structured output refuses (user guide, "structured-output", October 2026). */
const unsupportedKeywords = [
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "maxItems",
  "uniqueItems",
  "oneOf",
  "not",
  "patternProperties",
];

/** Whether Bedrock's subset of JSON Schema can say it: closed objects, no bounds on numbers and texts, no recursion. */
export function isNative(schema: unknown): boolean {
  if (Array.isArray(schema)) {
    return schema.every(isNative);
  }
  if (!isObject(schema)) {
    return true;
  }
  const { type, additionalProperties, minItems, $ref, properties, $defs, definitions, ...rest } = schema;
  const isObjectType = type === "object" || (Array.isArray(type) && type.includes("object")) || properties;
  // A reference may lead back to where it stands; telling whether it does is not worth it.
  if ($ref !== undefined || (isObjectType && additionalProperties !== false)) {
    return false;
  }
  if (minItems !== undefined && minItems !== 0 && minItems !== 1) {
    return false;
  }
  if (unsupportedKeywords.some((keyword) => keyword in rest)) {
    return false;
  }
  const { items, anyOf, allOf } = rest;
  const named = [properties, $defs, definitions].flatMap((group) => Object.values(group ?? {}));
  return [...named, items, anyOf, allOf].every(isNative);
}
