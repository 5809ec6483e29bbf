/** Nova's bodies: Converse's messages, and the stream's events as chunks. */
import { z } from "zod";
import { parseBody } from "../validate.ts";
import { type ChatDialect, saidText } from "./chat-dialect.ts";

const request = z.looseObject({
  messages: z.array(z.looseObject({ role: z.string(), content: z.array(z.unknown()) })).min(1),
  system: z.array(z.looseObject({ text: z.string() })).optional(),
  inferenceConfig: z
    .looseObject({
      maxTokens: z.number().int().min(1).optional(),
      max_new_tokens: z.number().int().min(1).optional(),
      stopSequences: z.array(z.string()).optional(),
    })
    .optional(),
});

export const novaDialect: ChatDialect = {
  read(body) {
    const { messages, system, inferenceConfig = {} } = parseBody(request, body);
    const maxTokens = inferenceConfig.maxTokens ?? inferenceConfig.max_new_tokens;
    const { stopSequences } = inferenceConfig;
    return {
      messages,
      ...(system && { system }),
      inferenceConfig: { ...(maxTokens && { maxTokens }), ...(stopSequences && { stopSequences }) },
    };
  },
  whole: ({ said, stopReason, usage }) => ({
    output: { message: { role: "assistant", content: [{ text: saidText(said) }] } },
    stopReason,
    usage: {
      inputTokens: usage.input,
      outputTokens: usage.output,
      totalTokens: usage.input + usage.output,
      cacheReadInputTokenCount: usage.cacheRead,
      cacheWriteInputTokenCount: usage.cacheWrite5m,
    },
  }),
  stream() {
    let begun: object[] = [{ messageStart: { role: "assistant" } }];
    return {
      write(event) {
        const chunks = begun;
        begun = [];
        if (event.type === "text") {
          chunks.push({ contentBlockDelta: { contentBlockIndex: 0, delta: { text: event.text } } });
        } else if (event.type === "blockStop") {
          chunks.push({ contentBlockStop: { contentBlockIndex: 0 } });
        }
        return chunks;
      },
      close: (stopReason, usage) => [
        ...begun,
        { messageStop: { stopReason } },
        { metadata: { usage: { inputTokens: usage.input, outputTokens: usage.output }, metrics: {} } },
      ],
    };
  },
};
