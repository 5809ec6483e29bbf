/** The tools of a Messages request and the choice among them. */
import { z } from "zod";
import { refusedMember } from "../openai/refused-member.ts";
import { oneOf, toolName } from "./block-schema.ts";
import { cacheControl } from "./cache-control.ts";

/** Members by which tools are lent to Anthropic's servers, or found by them: served only as not set. */
const own = {
  cache_control: cacheControl,
  allowed_callers: z.tuple([z.literal("direct")]).nullish(),
  defer_loading: z.literal(false).nullish(),
};

const customTool = z.strictObject({
  type: z.literal("custom").nullish(),
  name: toolName,
  description: z.string().nullish(),
  input_schema: z.record(z.string(), z.unknown()),
  strict: z.boolean().nullish(),
  /** Asks for finer pieces of a streamed input. They come as the model makes them here. */
  eager_input_streaming: z.boolean().nullish(),
  ...own,
});

/** Tools that Anthropic defines and the caller runs: their other members are the model's. */
const definedTool = z.looseObject({
  type: z.enum([
    "bash_20241022",
    "bash_20250124",
    "computer_20241022",
    "computer_20250124",
    "computer_20251124",
    "memory_20250818",
    "text_editor_20241022",
    "text_editor_20250124",
    "text_editor_20250429",
    "text_editor_20250728",
  ]),
  name: toolName,
  ...own,
});

const serversTools = [
  "web_search_20250305",
  "web_search_20260209",
  "web_search_20260318",
  "web_fetch_20250910",
  "web_fetch_20260209",
  "web_fetch_20260309",
  "web_fetch_20260318",
  "code_execution_20250522",
  "code_execution_20250825",
  "code_execution_20260120",
  "code_execution_20260521",
  "tool_search_tool_bm25_20251119",
  "tool_search_tool_regex_20251119",
  "browser_toolset_20260801",
  "computer_toolset_20260801",
  "mcp_toolset",
].map((type) => refusedMember("type", type, "Toolsets, and tools that Anthropic runs, are not served"));

export const tool = z.discriminatedUnion("type", [customTool, definedTool, ...serversTools], {
  error: oneOf('"custom" or a tool that Anthropic defines and the caller runs, such as "bash_20250124"'),
});
export type CustomTool = z.output<typeof customTool>;
export type DefinedTool = z.output<typeof definedTool>;
export type Tool = CustomTool | DefinedTool;

const parallel = { disable_parallel_tool_use: z.boolean().nullish() };

export const toolChoice = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("auto"), ...parallel }),
    z.strictObject({ type: z.literal("any"), ...parallel }),
    z.strictObject({ type: z.literal("tool"), name: toolName, ...parallel }),
    z.strictObject({ type: z.literal("none") }),
  ],
  { error: oneOf('"auto", "any", "tool" or "none"') },
);
export type ToolChoice = z.output<typeof toolChoice>;
