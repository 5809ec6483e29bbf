/** Maps the content blocks of a Messages request to Converse's, each followed by its cache point. */
import type {
  ContentBlock,
  DocumentBlock,
  TextBlock,
  ToolResultBlock,
  ToolResultContent,
} from "./block-schema.ts";
import type { CacheControl } from "./cache-control.ts";
import { toConverseCitation } from "./citations.ts";
import type { Block, Translation } from "./translation.ts";

/** What a tool that returned nothing is said to have returned: Converse refuses blank texts. */
const emptyToolOutput: Block = { text: "(no output)" };

/** The blocks of one message, in order. A cache point stands right after the block that asked for it. */
export function toBlocks(content: readonly ContentBlock[], translation: Translation): Block[] {
  return content.flatMap((block) => [
    toBlock(block, translation),
    ...translation.point(controlOf(block), "messages"),
  ]);
}

/** The blocks of a system prompt. */
export function toSystemBlocks(system: readonly TextBlock[], translation: Translation): Block[] {
  return system.flatMap(({ text, cache_control }) => [
    { text },
    ...translation.point(cache_control, "system"),
  ]);
}

function toBlock(block: ContentBlock, translation: Translation): Block {
  switch (block.type) {
    case "thinking":
      return { reasoningContent: { reasoningText: { text: block.thinking, signature: block.signature } } };
    case "redacted_thinking":
      return { reasoningContent: { redactedContent: block.data } };
    case "tool_use":
      return { toolUse: { toolUseId: block.id, name: block.name, input: block.input } };
    case "tool_result":
      return toToolResult(block, translation);
    case "text":
      return toText(block);
    default:
      return toMedia(block, translation);
  }
}

/** A text with citations is an earlier answer that comes back. */
function toText({ text, citations }: TextBlock): Block {
  return citations && citations.length > 0
    ? { citationsContent: { content: [{ text }], citations: citations.map(toConverseCitation) } }
    : { text };
}

type Media = Exclude<ToolResultContent, TextBlock | undefined>;

function toMedia(block: Exclude<Media, { type: "text" }>, translation: Translation): Block {
  switch (block.type) {
    case "image": {
      const { media_type, data } = block.source;
      return { image: { format: media_type.slice("image/".length), source: { bytes: data } } };
    }
    case "document":
      return toDocument(block, translation);
    case "search_result":
      return {
        searchResult: {
          source: block.source,
          title: block.title,
          content: block.content.map(({ text }) => ({ text })),
          ...toCitationsConfig(block.citations),
        },
      };
  }
}

function toDocument({ source, title, context, citations }: DocumentBlock, translation: Translation): Block {
  return {
    document: {
      format: source.type === "base64" ? "pdf" : "txt",
      name: translation.nameDocument(title),
      source:
        source.type === "base64"
          ? { bytes: source.data }
          : source.type === "text"
            ? { text: source.data }
            : { content: source.content.map(({ text }) => ({ text })) },
      ...(context && { context }),
      ...toCitationsConfig(citations),
    },
  };
}

function toCitationsConfig(citations: DocumentBlock["citations"]): Block {
  return typeof citations?.enabled === "boolean" ? { citations: { enabled: citations.enabled } } : {};
}

function toToolResult(
  { tool_use_id, content = [], is_error }: ToolResultBlock,
  translation: Translation,
): Block {
  const blocks = content.flatMap((block) =>
    block.type === "text"
      ? /\S/.test(block.text)
        ? [{ text: block.text }]
        : []
      : [toMedia(block, translation)],
  );
  return {
    toolResult: {
      toolUseId: tool_use_id,
      content: blocks.length > 0 ? blocks : [emptyToolOutput],
      ...(is_error && { status: "error" }),
    },
  };
}

/**
 * The cache_control of a block. Converse has no cache points inside tool results and documents, so one that is asked for
 * in there stands right after the whole: the longest TTL of all, as the prefix is the same.
 */
function controlOf(block: ContentBlock): CacheControl {
  if (block.type === "thinking" || block.type === "redacted_thinking") {
    return undefined;
  }
  const controls = [block.cache_control, ...innerControls(block)].filter((control) => control);
  return controls.find((control) => control?.ttl === "1h") ?? controls[0];
}

function innerControls(block: ContentBlock | ToolResultContent): readonly CacheControl[] {
  switch (block.type) {
    case "tool_result":
      return (block.content ?? []).flatMap((inner) => [inner.cache_control, ...innerControls(inner)]);
    case "search_result":
      return block.content.map(({ cache_control }) => cache_control);
    case "document":
      return block.source.type === "content"
        ? block.source.content.map(({ cache_control }) => cache_control)
        : [];
    default:
      return [];
  }
}
