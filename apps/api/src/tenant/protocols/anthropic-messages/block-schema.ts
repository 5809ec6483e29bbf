/** The content blocks of a Messages request: which are read, and which are refused by name. */
import { z } from "zod";
import { refusedMember } from "../openai/refused-member.ts";
import { cacheControl } from "./cache-control.ts";
import { citation } from "./citations.ts";

/** Bedrock's own pattern for tools' names and for the ids of their calls (API reference, ToolUseBlock). */
export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, {
  error: '1 to 64 letters, digits, "_" or "-", as Bedrock asks of tools',
});

/** Says what a discriminated union wants; other issues keep the text of the parse. */
export const oneOf = (expectation: string) => (issue: { readonly code?: string }) =>
  issue.code === "invalid_union" ? expectation : undefined;

/** Converse refuses blank texts, and so does Anthropic. */
const spoken = z.string().regex(/\S/, { error: "a text that is not blank" });
const base64 = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/, { error: "base64, without spaces" });
const citationsConfig = z.strictObject({ enabled: z.boolean().nullish() }).nullish();

/** A text alone is short for one text block. */
export function blocksOrText<Item extends z.ZodType>(item: Item) {
  return z.preprocess(
    (value) => (typeof value === "string" ? [{ type: "text", text: value }] : value),
    z.array(item, { error: "a string or an array of content blocks" }),
  );
}

export const textBlock = z.strictObject({
  type: z.literal("text"),
  text: spoken,
  citations: z.array(citation).nullish(),
  cache_control: cacheControl,
});

const byUrl = refusedMember("type", "url", "Content by web address is not served; send it as base64");
const byFile = refusedMember("type", "file", "Files by id are not served; send the content itself");

const imageBlock = z.strictObject({
  type: z.literal("image"),
  source: z.discriminatedUnion(
    "type",
    [
      z.strictObject({
        type: z.literal("base64"),
        media_type: z.enum(["image/png", "image/jpeg", "image/gif", "image/webp"]),
        data: base64,
      }),
      byUrl,
      byFile,
    ],
    { error: oneOf('"base64"') },
  ),
  cache_control: cacheControl,
});

const documentContent = z.discriminatedUnion(
  "type",
  [textBlock, refusedMember("type", "image", "Converse takes no images inside a document")],
  { error: oneOf('"text"') },
);

const documentBlock = z.strictObject({
  type: z.literal("document"),
  source: z.discriminatedUnion(
    "type",
    [
      z.strictObject({
        type: z.literal("base64"),
        media_type: z.literal("application/pdf"),
        data: base64,
      }),
      z.strictObject({ type: z.literal("text"), media_type: z.literal("text/plain"), data: spoken }),
      z.strictObject({ type: z.literal("content"), content: blocksOrText(documentContent) }),
      byUrl,
      byFile,
    ],
    { error: oneOf('"base64", "text" or "content"') },
  ),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: citationsConfig,
  cache_control: cacheControl,
});

const searchResultBlock = z.strictObject({
  type: z.literal("search_result"),
  source: z.string(),
  title: z.string(),
  content: z.array(textBlock).min(1),
  citations: citationsConfig,
  cache_control: cacheControl,
});

const thinkingBlock = z.strictObject({
  type: z.literal("thinking"),
  thinking: z.string(),
  signature: z.string(),
});
const redactedThinkingBlock = z.strictObject({
  type: z.literal("redacted_thinking"),
  data: z.string().min(1),
});

const toolUseBlock = z.strictObject({
  type: z.literal("tool_use"),
  id: toolName,
  name: toolName,
  input: z.record(z.string(), z.unknown()),
  caller: z.strictObject({ type: z.literal("direct") }).nullish(),
  toolset_name: z.null().optional(),
  cache_control: cacheControl,
});

const toolResultContent = z.discriminatedUnion(
  "type",
  [
    textBlock.extend({ text: z.string() }),
    imageBlock,
    documentBlock,
    searchResultBlock,
    refusedMember("type", "tool_reference", "Tool search is not served"),
  ],
  { error: oneOf('"text", "image", "document" or "search_result"') },
);

const toolResultBlock = z.strictObject({
  type: z.literal("tool_result"),
  tool_use_id: toolName,
  content: blocksOrText(toolResultContent).optional(),
  is_error: z.boolean().nullish(),
  toolset_name: z.null().optional(),
  cache_control: cacheControl,
});

const serversBlocks = [
  "server_tool_use",
  "web_search_tool_result",
  "web_fetch_tool_result",
  "code_execution_tool_result",
  "bash_code_execution_tool_result",
  "text_editor_code_execution_tool_result",
  "tool_search_tool_result",
  "container_upload",
  "mcp_tool_use",
  "mcp_tool_result",
].map((type) => refusedMember("type", type, "What Anthropic's servers run is not served"));

export const contentBlock = z.discriminatedUnion(
  "type",
  [
    textBlock,
    imageBlock,
    documentBlock,
    searchResultBlock,
    thinkingBlock,
    redactedThinkingBlock,
    toolUseBlock,
    toolResultBlock,
    ...serversBlocks,
  ],
  { error: oneOf("one of Anthropic's content blocks") },
);

export type ContentBlock = z.output<typeof contentBlock>;
export type TextBlock = z.output<typeof textBlock>;
export type DocumentBlock = z.output<typeof documentBlock>;
export type ToolResultBlock = z.output<typeof toolResultBlock>;
export type ToolResultContent = z.output<typeof toolResultContent>;
