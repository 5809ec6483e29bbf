/**
 * The chat-completions body of OpenAI's open-weight models, Mistral, DeepSeek and Qwen. Their default limits are not
 * documented for all of these models, so one is required.
 */
import { chatBounds, type Media, membersOf, readLimit, type VendorBody } from "./vendor-body.ts";

export const chatCompletionsBody: VendorBody = {
  streams: true,
  ownLimits: ["max_tokens", "max_completion_tokens"],
  callersTool: (type) => type === undefined || type === "function",
  media,
  bound({ max_tokens, max_completion_tokens }, model) {
    if (max_tokens !== undefined && max_completion_tokens !== undefined) {
      const both = [
        readLimit(max_tokens, "max_tokens", model),
        readLimit(max_completion_tokens, "max_completion_tokens", model),
      ];
      const wrong = both.find((limit) => typeof limit !== "number");
      // Which of the two holds is the server's choice.
      return chatBounds(wrong ?? Math.max(...both.filter((limit) => typeof limit === "number")));
    }
    return max_completion_tokens === undefined
      ? chatBounds(readLimit(max_tokens, "max_tokens", model))
      : chatBounds(readLimit(max_completion_tokens, "max_completion_tokens", model));
  },
};

function media(name: string, value: unknown): Media | undefined {
  if (name === "image_url") {
    const url = typeof value === "string" ? value : membersOf(value).url;
    return typeof url === "string" ? { kind: "image", payload: url } : undefined;
  }
  return ["input_audio", "video_url", "file"].includes(name) && typeof value === "object"
    ? { kind: "opaque" }
    : undefined;
}
