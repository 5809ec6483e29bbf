/** What becomes of each documented member of a Responses request. */
import type { ResponseCreateParams } from "openai/resources/responses/responses";
import {
  ignored,
  isFalse,
  isZero,
  mapped,
  type OwnMember,
  refused,
  refusedUnless,
  type Treatment,
} from "../openai/served-parameters.ts";

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;

export const responseParameters = {
  model: mapped,
  documents: mapped,
  input: mapped,
  instructions: mapped,
  tools: mapped,
  tool_choice: mapped,
  text: mapped,
  reasoning: mapped,
  max_output_tokens: mapped,
  temperature: mapped,
  top_p: mapped,
  stream: mapped,
  stream_options: mapped,
  service_tier: mapped,
  metadata: mapped,
  truncation: mapped,
  store: mapped,
  previous_response_id: mapped,
  include: {
    kind: "ignored",
    why: "nothing that it names exists on Bedrock",
    without: isEmpty,
  },
  parallel_tool_calls: {
    kind: "ignored",
    why: "Converse cannot forbid several calls at once",
    without: (value) => value === true,
  },
  user: mapped,
  safety_identifier: mapped,
  prompt_cache_key: ignored("Bedrock finds what it has cached by itself"),
  prompt_cache_retention: ignored("Bedrock finds what it has cached by itself"),
  prompt_cache_options: ignored("Bedrock finds what it has cached by itself"),
  background: refusedUnless("false", isFalse),
  top_logprobs: refusedUnless("0", isZero),
  context_management: refusedUnless("an empty array", isEmpty),
  image: ignored("images are sent as they are"),
  max_tool_calls: ignored("it bounds tools that OpenAI runs, of which none is served"),
  access_programs: refused,
  conversation: refused,
  prompt: refused,
  moderation: refused,
} as const satisfies Readonly<Record<keyof ResponseCreateParams | OwnMember, Treatment>>;
