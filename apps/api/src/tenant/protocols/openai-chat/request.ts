/** Reads the body of `POST /v1/chat/completions`. */
import { type Refusal, refusal } from "@caprock/domain";
import { z } from "zod";
import { describeIssue, describeValue, expectationOf } from "../openai/describe-issue.ts";
import { documents } from "../openai/documents.ts";
import { reasoningEfforts } from "../openai/reasoning-effort.ts";
import { reviewMembers } from "../openai/served-parameters.ts";
import { serviceTier } from "../openai/service-tier.ts";
import { chatMessage } from "./message-schema.ts";
import { responseFormat } from "./response-format-schema.ts";
import { chatParameters } from "./served-parameters.ts";
import { chatTool, toolChoice } from "./tool-schema.ts";

// OpenAI allows temperatures up to 2; Converse takes 0 to 1 (API reference, InferenceConfiguration).
const share = z.number({ error: "a number from 0 to 1" }).min(0).max(1);
const tokenCount = z.int({ error: "a whole number, at least 1" }).min(1);
const stopText = z.string().min(1);
const mostStops = 4;

const chatCompletionRequest = z.object({
  model: z.string().min(1),
  messages: z.array(chatMessage).min(1),
  tools: z.array(chatTool).nullish(),
  tool_choice: toolChoice.nullish(),
  temperature: share.nullish(),
  top_p: share.nullish(),
  max_tokens: tokenCount.nullish(),
  max_completion_tokens: tokenCount.nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  stop: z
    .union([stopText, z.array(stopText).max(mostStops)], {
      error: `a string that is not empty, or up to ${mostStops} of them`,
    })
    .nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .object({ include_usage: z.boolean().nullish(), include_obfuscation: z.boolean().nullish() })
    .nullish(),
  response_format: responseFormat.nullish(),
  reasoning_effort: z.enum(reasoningEfforts).nullish(),
  service_tier: serviceTier.nullish(),
  documents: documents.nullish(),
});

/** A chat-completions request that Caprock serves; members it may ignore are gone. */
export type ChatCompletionRequest = z.output<typeof chatCompletionRequest>;

/**
 * Checks a parsed JSON body. Refuses with `unsupported_parameter` what would change the answer and cannot be
 * served, and with `invalid_request` what is mistyped; both name the member. Never throws.
 */
export function parseChatCompletion(
  body: unknown,
): { readonly request: ChatCompletionRequest; readonly warnings: readonly string[] } | Refusal {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return refusal({
      code: "invalid_request",
      message: `The body is ${describeValue(body)}; it must be a JSON object.`,
    });
  }
  const reviewed = reviewMembers(body, chatParameters);
  if ("refused" in reviewed) {
    return reviewed;
  }
  const parsed = chatCompletionRequest.safeParse(body, { error: expectationOf });
  if (parsed.success) {
    return { request: parsed.data, warnings: reviewed.warnings };
  }
  return refusal(describeIssue(parsed.error.issues[0], body));
}

/** Whether the caller asked for a last chunk with the usage of the whole stream. */
export function wantsUsageChunk(request: ChatCompletionRequest): boolean {
  return request.stream_options?.include_usage === true;
}
