/** For tests: the Messages request that a Converse body of Claude came from; what `toConverse` does, undone. */
import { type ConverseCitation, toCitation } from "../citations.ts";
import { type AnswerBlock, toContent } from "../to-content.ts";

// biome-ignore lint/suspicious/noExplicitAny: it reads what the code under test wrote.
type Json = any;

/** `titles` are those of the documents, in order. */
export function fromConverse(body: Json, titles: readonly (string | null)[]): Json {
  const left = [...titles];
  const { inferenceConfig: limits = {}, additionalModelRequestFields: fields = {}, outputConfig } = body;
  const schema = outputConfig?.textFormat.structure.jsonSchema.schema;
  const format = schema && { format: { type: "json_schema", schema: JSON.parse(schema) } };
  const output = { ...fields.output_config, ...format };
  return {
    ...(body.toolConfig && { tools: merged(body.toolConfig.tools, fromTool) }),
    ...(body.system && { system: merged(body.system, (block) => fromBlock(block, left)) }),
    messages: body.messages.map(({ role, content }: Json) => ({
      role,
      content: merged(content, (block) => fromBlock(block, left)),
    })),
    max_tokens: limits.maxTokens,
    ...(limits.temperature !== undefined && { temperature: limits.temperature }),
    ...(limits.topP !== undefined && { top_p: limits.topP }),
    ...(limits.stopSequences && { stop_sequences: limits.stopSequences }),
    ...(fields.top_k !== undefined && { top_k: fields.top_k }),
    ...(fields.thinking && { thinking: fields.thinking }),
    ...(Object.keys(output).length > 0 && { output_config: output }),
    ...(body.serviceTier && { service_tier: "standard_only" }),
    ...(body.requestMetadata && { metadata: body.requestMetadata }),
  };
}

/** A cache point is the cache_control of the block before it. */
function merged(blocks: readonly Json[], map: (block: Json) => Json): Json[] {
  const items: Json[] = [];
  for (const block of blocks) {
    if (block.cachePoint) {
      const { ttl } = block.cachePoint;
      items[items.length - 1].cache_control = { type: "ephemeral", ...(ttl && { ttl }) };
    } else {
      items.push(map(block));
    }
  }
  return items;
}

function fromTool({ toolSpec: { name, description, inputSchema, strict } }: Json): Json {
  return {
    name,
    ...(description && { description }),
    input_schema: inputSchema.json,
    ...(strict !== undefined && { strict }),
  };
}

function fromBlock(block: Json, titles: (string | null)[]): Json {
  const { image, document, searchResult, toolResult, citationsContent } = block;
  if (image) {
    const media_type = `image/${image.format}`;
    return { type: "image", source: { type: "base64", media_type, data: image.source.bytes } };
  }
  if (document) {
    const title = titles.shift();
    const { context, citations } = document;
    return {
      type: "document",
      source: fromSource(document.source),
      ...(title !== null && { title }),
      ...(context && { context }),
      ...(citations && { citations }),
    };
  }
  if (searchResult) {
    const { content, ...rest } = searchResult;
    return { type: "search_result", ...rest, content: content.map(textOf) };
  }
  if (toolResult) {
    return {
      type: "tool_result",
      tool_use_id: toolResult.toolUseId,
      content: toolResult.content.map((inner: Json) => fromBlock(inner, titles)),
      ...(toolResult.status === "error" && { is_error: true }),
    };
  }
  if (citationsContent) {
    const citations = citationsContent.citations.map((one: ConverseCitation) => {
      const { file_id: _, ...rest } = toCitation(one, []) as Json;
      return rest;
    });
    return { ...textOf(citationsContent.content[0]), citations };
  }
  const [{ citations: _, caller: __, ...same }] = toContent([block as AnswerBlock], []) as Json;
  return same;
}

function fromSource({ bytes, text, content }: Json): Json {
  if (bytes !== undefined) {
    return { type: "base64", media_type: "application/pdf", data: bytes };
  }
  return text === undefined
    ? { type: "content", content: content.map(textOf) }
    : { type: "text", media_type: "text/plain", data: text };
}

function textOf({ text }: { readonly text: string }): Json {
  return { type: "text", text };
}
