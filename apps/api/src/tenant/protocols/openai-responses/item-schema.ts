/** The input items of a Responses request: which are read, and which are refused by name. */
import { z } from "zod";
import { refusedMember } from "../openai/refused-member.ts";
import { toolName } from "../openai-chat/tool-schema.ts";

const oneOf = (expectation: string) => (issue: { readonly code?: string }) =>
  issue.code === "invalid_union" ? expectation : undefined;

const part = z.discriminatedUnion(
  "type",
  [
    z.object({ type: z.literal("input_text"), text: z.string() }),
    z.object({ type: z.literal("output_text"), text: z.string() }),
    z.object({ type: z.literal("text"), text: z.string() }),
    z.object({ type: z.literal("refusal"), refusal: z.string() }),
    z.object({
      type: z.literal("input_image"),
      image_url: z.string().nullish(),
      file_id: z.string().nullish(),
    }),
    z.object({
      type: z.literal("input_file"),
      file_data: z.string().nullish(),
      file_id: z.string().nullish(),
      file_url: z.string().nullish(),
      filename: z.string().nullish(),
    }),
    refusedMember("type", "input_audio", "Audio parts are not served"),
  ],
  { error: oneOf('"input_text", "output_text", "refusal", "input_image" or "input_file"') },
);

const message = z.object({
  type: z.literal("message").default("message"),
  role: z.enum(["user", "assistant", "system", "developer"]),
  content: z.union([z.string(), z.array(part)], { error: "a string or an array of content parts" }),
});

const functionCall = z.object({
  type: z.literal("function_call"),
  call_id: z.string().min(1),
  name: toolName,
  arguments: z.string(),
});

const outputPart = z.discriminatedUnion(
  "type",
  [
    z.object({ type: z.literal("input_text"), text: z.string() }),
    refusedMember("type", "input_image", "Images in the output of a function are not served"),
    refusedMember("type", "input_file", "Files in the output of a function are not served"),
  ],
  { error: oneOf('"input_text"') },
);

const functionCallOutput = z.object({
  type: z.literal("function_call_output"),
  call_id: z.string().min(1),
  output: z.union([z.string(), z.array(outputPart)], { error: "a string or an array of content parts" }),
});

/** What a model thought earlier: Bedrock takes it back only with its signature, which this wire does not carry. */
const reasoning = z.object({ type: z.literal("reasoning") });

/** An item of a stored response. */
const itemReference = z.object({ type: z.literal("item_reference"), id: z.string().min(1) });

const typed = z.discriminatedUnion(
  "type",
  [
    message.extend({ type: z.literal("message") }),
    functionCall,
    functionCallOutput,
    reasoning,
    itemReference,
    refusedMember("type", "custom_tool_call", "Custom tools are not served"),
    refusedMember("type", "custom_tool_call_output", "Custom tools are not served"),
  ],
  {
    error: oneOf(
      '"message", "function_call", "function_call_output" or "reasoning"; items of hosted tools are not served',
    ),
  },
);

export const inputItem = z.preprocess(
  (item) =>
    typeof item !== "object" || item === null || ("type" in item && item.type !== null)
      ? item
      : { ...item, type: "role" in item ? "message" : "item_reference" },
  typed,
);

type AnyItem = z.output<typeof inputItem>;
export type ItemReference = Extract<AnyItem, { type: "item_reference" }>;
/** An item that says what it is. */
export type InputItem = Exclude<AnyItem, ItemReference>;
export type InputPart = z.output<typeof part>;
