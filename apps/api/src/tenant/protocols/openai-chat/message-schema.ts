/** The messages of a chat-completions request: which roles and parts are read, and which are refused by name. */
import { z } from "zod";
import { refusedMember } from "../openai/refused-member.ts";
import { toolName } from "./tool-schema.ts";

const textPart = z.object({ type: z.literal("text"), text: z.string() });
const imagePart = z.object({ type: z.literal("image_url"), image_url: z.object({ url: z.string() }) });
const filePart = z.object({
  type: z.literal("file"),
  file: z.object({
    file_data: z.string().nullish(),
    file_id: z.string().nullish(),
    filename: z.string().nullish(),
  }),
});
const refusalPart = z.object({ type: z.literal("refusal"), refusal: z.string() });

/** Says what a discriminated union wants; other issues keep the text of the parse. */
const oneOf = (expectation: string) => (issue: { readonly code?: string }) =>
  issue.code === "invalid_union" ? expectation : undefined;

const userPart = z.discriminatedUnion(
  "type",
  [textPart, imagePart, filePart, refusedMember("type", "input_audio", "Audio parts are not served")],
  { error: oneOf('"text", "image_url" or "file"') },
);
const assistantPart = z.discriminatedUnion("type", [textPart, refusalPart], {
  error: oneOf('"text" or "refusal"'),
});
const textOnlyPart = z.discriminatedUnion("type", [textPart], { error: oneOf('"text"') });

function content<Part extends z.ZodType>(part: Part) {
  return z.union([z.string(), z.array(part)], { error: "a string or an array of content parts" });
}

const systemMessage = z.object({ role: z.enum(["system", "developer"]), content: content(textOnlyPart) });
const userMessage = z.object({ role: z.literal("user"), content: content(userPart) });
const toolMessage = z.object({
  role: z.literal("tool"),
  tool_call_id: z.string(),
  content: content(textOnlyPart),
});

const toolCall = z.discriminatedUnion(
  "type",
  [
    z.object({
      type: z.literal("function"),
      id: z.string().min(1, { error: "a string that is not empty" }),
      function: z.object({ name: toolName, arguments: z.string() }),
    }),
    refusedMember("type", "custom", "Custom tools are not served"),
  ],
  { error: oneOf('"function"') },
);

const assistantMessage = z.object({
  role: z.literal("assistant"),
  content: content(assistantPart).nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCall).nullish(),
  function_call: z
    .custom((value) => value === undefined || value === null, {
      error: "The legacy member function_call is not served; use tool_calls.",
      params: { code: "unsupported_parameter" },
    })
    .optional(),
  audio: z
    .custom((value) => value === undefined || value === null, {
      error: "Audio answers are not served.",
      params: { code: "unsupported_parameter" },
    })
    .optional(),
});

export const chatMessage = z.discriminatedUnion(
  "role",
  [
    systemMessage,
    userMessage,
    assistantMessage,
    toolMessage,
    refusedMember("role", "function", "The legacy role function is not served; use tool messages"),
  ],
  { error: oneOf('"system", "developer", "user", "assistant" or "tool"') },
);

export type ChatMessage = z.output<typeof chatMessage>;
export type UserContent = z.output<typeof userMessage>["content"];
export type AssistantMessage = z.output<typeof assistantMessage>;
export type ToolMessage = z.output<typeof toolMessage>;
