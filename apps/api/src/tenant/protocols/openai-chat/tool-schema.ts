/** The tools of a chat-completions request and the choice among them. */
import { z } from "zod";
import { refusedMember } from "../openai/refused-member.ts";

/** Bedrock's own pattern for tool names (API reference, ToolSpecification and ToolUseBlock). */
export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, {
  error: '1 to 64 letters, digits, "_" or "-", as Bedrock asks of tool names',
});

const functionTool = z.object({
  type: z.literal("function"),
  function: z.object({
    name: toolName,
    description: z.string().nullish(),
    parameters: z.record(z.string(), z.unknown()).nullish(),
    strict: z.boolean().nullish(),
  }),
});

export const chatTool = z.discriminatedUnion(
  "type",
  [functionTool, refusedMember("type", "custom", "Custom tools are not served")],
  { error: (issue) => (issue.code === "invalid_union" ? '"function"' : undefined) },
);

const toolChoiceObject = z.discriminatedUnion(
  "type",
  [
    z.object({ type: z.literal("function"), function: z.object({ name: z.string() }) }),
    refusedMember("type", "custom", "Custom tools are not served"),
    refusedMember(
      "type",
      "allowed_tools",
      "A choice among allowed tools is not served; send only those tools",
    ),
  ],
  { error: (issue) => (issue.code === "invalid_union" ? '"function"' : undefined) },
);

export const toolChoice = z.union([z.enum(["auto", "none", "required"]), toolChoiceObject], {
  error: '"auto", "none", "required" or an object that names a function',
});

export type ChatTool = z.output<typeof chatTool>;
export type ChatToolChoice = z.output<typeof toolChoice>;
