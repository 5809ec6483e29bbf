/** Claude's Messages bodies, with tools, images and cache control. */
import { z } from "zod";
import type { ServedUsage } from "../../witness.ts";
import { parseBody } from "../validate.ts";
import type { ChatDialect, ChunkWriter, SaidEvent } from "./chat-dialect.ts";

const cacheControl = z.looseObject({ type: z.literal("ephemeral"), ttl: z.enum(["5m", "1h"]).optional() });
const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
  tool_use_id: z.string().optional(),
  content: z.unknown().optional(),
  source: z.looseObject({ type: z.string(), data: z.string().optional() }).optional(),
  cache_control: cacheControl.optional(),
});
type Block = z.infer<typeof block>;
const content = z.union([z.string(), z.array(block)]);
const request = z.looseObject({
  anthropic_version: z.string().startsWith("bedrock-"),
  max_tokens: z.number().int().min(1),
  messages: z.array(z.looseObject({ role: z.enum(["user", "assistant"]), content })).min(1),
  system: content.optional(),
  stop_sequences: z.array(z.string().min(1)).optional(),
  tools: z
    .array(z.looseObject({ name: z.string(), input_schema: z.record(z.string(), z.unknown()).optional() }))
    .optional(),
});

export const anthropicDialect: ChatDialect = {
  read(body) {
    const { messages, system, max_tokens, stop_sequences, tools } = parseBody(request, body);
    return {
      messages: messages.map(({ role, content: sent }) => ({ role, content: blocksOf(sent) })),
      ...(system === undefined ? {} : { system: blocksOf(system) }),
      inferenceConfig: { maxTokens: max_tokens, ...(stop_sequences && { stopSequences: stop_sequences }) },
      ...(tools === undefined || tools.length === 0
        ? {}
        : {
            toolConfig: {
              tools: tools.map(({ name, input_schema = {} }) => ({
                toolSpec: { name, inputSchema: { json: input_schema } },
              })),
            },
          }),
    };
  },
  whole({ modelId, said, stopReason, usage }) {
    return {
      id: "msg_bdrk_simulated",
      type: "message",
      role: "assistant",
      model: modelId,
      content: saidBlocks(said),
      stop_reason: stopReason,
      stop_sequence: null,
      usage: usageOf(usage),
    };
  },
  stream,
};

function blocksOf(sent: z.infer<typeof content>): unknown[] {
  return typeof sent === "string" ? [{ text: sent }] : sent.flatMap(blockOf);
}

function blockOf(one: Block): unknown[] {
  const point = one.cache_control
    ? [{ cachePoint: { type: "default", ...(one.cache_control.ttl && { ttl: one.cache_control.ttl }) } }]
    : [];
  const bytes = one.source?.data ?? "";
  switch (one.type) {
    case "text":
      return [{ text: one.text ?? "" }, ...point];
    case "image":
      return [{ image: { source: { bytes } } }, ...point];
    case "document":
      return [{ document: { source: { bytes } } }, ...point];
    case "tool_use":
      return [
        { toolUse: { toolUseId: one.id ?? "", name: one.name ?? "", input: one.input ?? {} } },
        ...point,
      ];
    case "tool_result": {
      const text = typeof one.content === "string" ? one.content : JSON.stringify(one.content ?? "");
      return [{ toolResult: { toolUseId: one.tool_use_id ?? "", content: [{ text }] } }, ...point];
    }
    default:
      return [{ reasoningContent: one }];
  }
}

function saidBlocks(said: readonly SaidEvent[]): object[] {
  const blocks: object[] = [];
  let text = "";
  let tool: { id: string; name: string } | undefined;
  for (const event of said) {
    if (event.type === "toolStart") {
      tool = { id: event.toolUseId, name: event.name };
    } else if (event.type === "blockStop") {
      blocks.push(tool ? { type: "tool_use", ...tool, input: parsed(text) } : { type: "text", text });
      text = "";
      tool = undefined;
    } else if (event.type === "toolInput") {
      text += event.json;
    } else if (event.type === "text") {
      text += event.text;
    }
  }
  return blocks;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return {};
  }
}

function usageOf({ input, cacheRead, cacheWrite5m, cacheWrite1h, output }: ServedUsage) {
  return {
    input_tokens: input,
    cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
    cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite5m, ephemeral_1h_input_tokens: cacheWrite1h },
    output_tokens: output,
  };
}

function stream(modelId: string): ChunkWriter {
  let index = 0;
  let open = false;
  let begun: object[] = [
    {
      type: "message_start",
      message: { id: "msg_bdrk_simulated", type: "message", role: "assistant", model: modelId, content: [] },
    },
  ];
  const startOf = (content_block: object) => {
    open = true;
    return { type: "content_block_start", index, content_block };
  };
  return {
    write(event) {
      const chunks: object[] = begun;
      begun = [];
      if (event.type === "text") {
        if (!open) {
          chunks.push(startOf({ type: "text", text: "" }));
        }
        chunks.push({
          type: "content_block_delta",
          index,
          delta: { type: "text_delta", text: event.text },
        });
      } else if (event.type === "toolStart") {
        chunks.push(startOf({ type: "tool_use", id: event.toolUseId, name: event.name, input: {} }));
      } else if (event.type === "toolInput") {
        chunks.push({
          type: "content_block_delta",
          index,
          delta: { type: "input_json_delta", partial_json: event.json },
        });
      } else {
        chunks.push({ type: "content_block_stop", index });
        index += 1;
        open = false;
      }
      return chunks;
    },
    close: (stopReason, usage) => [
      ...begun,
      {
        type: "message_delta",
        delta: { stop_reason: stopReason, stop_sequence: null },
        usage: usageOf(usage),
      },
      { type: "message_stop" },
    ],
  };
}
