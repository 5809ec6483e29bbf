/** Chat-completions bodies, as OpenAI's open-weight models, Mistral, DeepSeek and Qwen take them. */
import { z } from "zod";
import type { ServedUsage } from "../../witness.ts";
import type { StopReason } from "../model-event.ts";
import { parseBody } from "../validate.ts";
import { type ChatDialect, saidText } from "./chat-dialect.ts";

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const request = z.looseObject({
  messages: z
    .array(z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(part)]) }))
    .min(1),
  max_tokens: z.number().int().min(1).optional(),
  max_completion_tokens: z.number().int().min(1).optional(),
  stop: z.union([z.string(), z.array(z.string())]).optional(),
});

export const chatCompletionsDialect: ChatDialect = {
  read(body) {
    const { messages, max_tokens, max_completion_tokens, stop } = parseBody(request, body);
    const maxTokens = max_completion_tokens ?? max_tokens;
    const isSystem = ({ role }: { role: string }) => role === "system" || role === "developer";
    const system = messages.filter(isSystem).map(({ content }) => ({ text: textOf(content) }));
    return {
      messages: messages
        .filter((message) => !isSystem(message))
        .map(({ role, content }) => ({ role, content: blocksOf(content) })),
      ...(system.length > 0 && { system }),
      inferenceConfig: { ...(maxTokens && { maxTokens }), ...(stop && { stopSequences: [stop].flat() }) },
    };
  },
  whole: ({ modelId, said, stopReason, usage }) => ({
    id: "chatcmpl-simulated",
    object: "chat.completion",
    created: 0,
    model: modelId,
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: saidText(said) },
        finish_reason: reason(stopReason),
      },
    ],
    usage: usageOf(usage),
  }),
  stream(modelId) {
    const chunkOf = (choice: object, more: object = {}) => ({
      id: "chatcmpl-simulated",
      object: "chat.completion.chunk",
      created: 0,
      model: modelId,
      choices: [{ index: 0, ...choice }],
      ...more,
    });
    return {
      write: (event) =>
        event.type === "text" ? [chunkOf({ delta: { content: event.text }, finish_reason: null })] : [],
      close: (stopReason, usage) => [
        chunkOf({ delta: {}, finish_reason: reason(stopReason) }, { usage: usageOf(usage) }),
      ],
    };
  },
};

type Content = z.infer<typeof request>["messages"][number]["content"];

function textOf(content: Content): string {
  return typeof content === "string" ? content : content.map(({ text = "" }) => text).join("");
}

function blocksOf(content: Content): object[] {
  return typeof content === "string"
    ? [{ text: content }]
    : content.map(({ type, text = "" }) => (type === "text" ? { text } : { image: { source: {} } }));
}

function reason(stopReason: StopReason): string {
  return stopReason === "max_tokens" ? "length" : "stop";
}

function usageOf({ input, output }: ServedUsage) {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}
