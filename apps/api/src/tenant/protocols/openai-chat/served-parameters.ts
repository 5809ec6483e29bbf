/** What becomes of each documented member of a chat-completions request. */
import type { ChatCompletionCreateParams } from "openai/resources/chat/completions";
import {
  ignored,
  isFalse,
  isObject,
  isZero,
  mapped,
  refused,
  refusedUnless,
  type Treatment,
} from "../openai/served-parameters.ts";

const isTextOnly = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 1 && value[0] === "text";

export const chatParameters = {
  messages: mapped,
  model: mapped,
  tools: mapped,
  tool_choice: mapped,
  temperature: mapped,
  top_p: mapped,
  max_tokens: mapped,
  max_completion_tokens: mapped,
  stop: mapped,
  stream: mapped,
  stream_options: mapped,
  response_format: mapped,
  reasoning_effort: mapped,
  service_tier: mapped,
  parallel_tool_calls: {
    kind: "ignored",
    why: "Converse cannot forbid several calls at once",
    without: (value) => value === true,
  },
  seed: ignored("Converse takes no seed, so answers may differ"),
  user: mapped,
  safety_identifier: mapped,
  metadata: ignored("completions are not stored"),
  store: { kind: "ignored", why: "completions are not stored", without: isFalse },
  prediction: ignored("no model here reads predictions; the answer is the same"),
  prompt_cache_key: ignored("Bedrock finds what it has cached by itself"),
  prompt_cache_retention: ignored("Bedrock finds what it has cached by itself"),
  prompt_cache_options: ignored("Bedrock finds what it has cached by itself"),
  n: refusedUnless("1", (value) => value === 1),
  logprobs: refusedUnless("false", isFalse),
  top_logprobs: refusedUnless("0", isZero),
  frequency_penalty: refusedUnless("0", isZero),
  presence_penalty: refusedUnless("0", isZero),
  logit_bias: refusedUnless("an empty object", (value) => isObject(value) && Object.keys(value).length === 0),
  verbosity: refusedUnless('"medium"', (value) => value === "medium"),
  modalities: refusedUnless('["text"]', isTextOnly),
  audio: refused,
  moderation: refused,
  web_search_options: refused,
  functions: refused,
  function_call: refused,
} as const satisfies Readonly<Record<keyof ChatCompletionCreateParams, Treatment>>;
