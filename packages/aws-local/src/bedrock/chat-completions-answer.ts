/** OpenAI chat completion streams as model events. */
import { z } from "zod";
import { AwsError } from "../aws-error.ts";
import type { ServedUsage } from "../witness.ts";
import type { ModelEvent, StopReason } from "./model-event.ts";
import { countTokens } from "./tokenize.ts";

const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({
          content: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({
                index: z.number().int(),
                id: z.string().nullish(),
                function: z
                  .object({ name: z.string().nullish(), arguments: z.string().nullish() })
                  .optional(),
              }),
            )
            .nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage: z
    .object({
      prompt_tokens: z.number().int(),
      completion_tokens: z.number().int(),
      prompt_tokens_details: z.object({ cached_tokens: z.number().int().nullish() }).nullish(),
    })
    .nullish(),
});

type Chunk = z.infer<typeof chunkSchema>;

const stopReasons: Readonly<Record<string, StopReason>> = {
  stop: "end_turn",
  length: "max_tokens",
  tool_calls: "tool_use",
  content_filter: "content_filtered",
};

/**
 * Reads a stream of server-sent events to its end. Tokens are aws-local's own count until the server's usage
 * replaces them. Ends early, without a stop, when `signal` fires; throws an AwsError when the server breaks off.
 */
export async function* readChatStream(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void> {
  let open: "text" | number | undefined;
  let finish: string | undefined;
  let usage: ServedUsage | undefined;
  try {
    for await (const chunk of chunks(body)) {
      usage = chunk.usage ? servedUsage(chunk.usage) : usage;
      const choice = chunk.choices[0];
      finish = choice?.finish_reason ?? finish;
      if (choice?.delta.content) {
        if (typeof open === "number") {
          yield { type: "blockStop" };
        }
        open = "text";
        yield { type: "text", text: choice.delta.content, tokens: countTokens(choice.delta.content) };
      }
      for (const call of choice?.delta.tool_calls ?? []) {
        if (open !== call.index) {
          if (open !== undefined) {
            yield { type: "blockStop" };
          }
          open = call.index;
          const name = call.function?.name ?? "";
          yield {
            type: "toolStart",
            toolUseId: call.id ?? `call_${call.index}`,
            name,
            tokens: countTokens(name),
          };
        }
        const json = call.function?.arguments ?? "";
        if (json !== "") {
          yield { type: "toolInput", json, tokens: countTokens(json) };
        }
      }
    }
  } catch (error) {
    if (signal.aborted) {
      return;
    }
    throw new AwsError(
      "ModelStreamErrorException",
      `The model server broke off: ${String(error).slice(0, 200)}`,
    );
  }
  if (open !== undefined) {
    yield { type: "blockStop" };
  }
  if (finish === undefined) {
    throw new AwsError(
      "ModelStreamErrorException",
      "The model server ended its answer without a finish reason.",
    );
  }
  yield { type: "stop", stopReason: stopReasons[finish] ?? "end_turn", ...(usage ? { usage } : {}) };
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Chunk, void> {
  let text = "";
  for await (const bytes of body.pipeThrough(new TextDecoderStream())) {
    const lines = (text + bytes).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const data = line.startsWith("data:") ? line.slice(5).trim() : "";
      if (data !== "" && data !== "[DONE]") {
        yield chunkSchema.parse(JSON.parse(data));
      }
    }
  }
}

function servedUsage(usage: NonNullable<Chunk["usage"]>): ServedUsage {
  const cacheRead = usage.prompt_tokens_details?.cached_tokens ?? 0;
  return {
    input: usage.prompt_tokens - cacheRead,
    cacheRead,
    cacheWrite5m: 0,
    cacheWrite1h: 0,
    output: usage.completion_tokens,
  };
}
