/** Llama's bodies: a prompt as text, and what was generated beside its counts. */
import { z } from "zod";
import type { StopReason } from "../model-event.ts";
import { parseBody } from "../validate.ts";
import { type ChatDialect, saidText } from "./chat-dialect.ts";

const request = z.looseObject({
  prompt: z.string().min(1),
  max_gen_len: z.number().int().min(1).default(512),
  images: z.array(z.string()).optional(),
});

const reason = (stopReason: StopReason) => (stopReason === "max_tokens" ? "length" : "stop");

export const llamaDialect: ChatDialect = {
  read(body) {
    const { prompt, max_gen_len, images = [] } = parseBody(request, body);
    const pictures = images.map((bytes) => ({ image: { source: { bytes } } }));
    return {
      messages: [{ role: "user", content: [{ text: prompt }, ...pictures] }],
      inferenceConfig: { maxTokens: max_gen_len },
    };
  },
  whole: ({ said, stopReason, usage }) => ({
    generation: saidText(said),
    prompt_token_count: usage.input,
    generation_token_count: usage.output,
    stop_reason: reason(stopReason),
  }),
  stream: () => ({
    write: (event) =>
      event.type === "text"
        ? [
            {
              generation: event.text,
              prompt_token_count: null,
              generation_token_count: null,
              stop_reason: null,
            },
          ]
        : [],
    close: (stopReason, usage) => [
      {
        generation: "",
        prompt_token_count: usage.input,
        generation_token_count: usage.output,
        stop_reason: reason(stopReason),
      },
    ],
  }),
};
