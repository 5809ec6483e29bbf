/** Maps a chat-completions request to the Converse body that asks for the same. */
import type { Refusal } from "@caprock/domain";
import { withAnswerFormat } from "../answer-format/answer-format.ts";
import type { ConverseBody, ConverseInferenceConfig } from "../converse-json.ts";
import { withDocuments } from "../openai/documents.ts";
import { withReasoningEffort } from "../openai/reasoning-effort.ts";
import { refuseInvalid } from "../openai/refuse-invalid.ts";
import { toServiceTier } from "../openai/service-tier.ts";
import type { Translated, TranslateFor } from "../translated-operation.ts";
import type { ChatCompletionRequest } from "./request.ts";
import { toAnswerFormat } from "./response-format-schema.ts";
import { type ConverseHistory, toConverseMessages } from "./to-converse-messages.ts";
import { toToolConfig } from "./to-tool-config.ts";

/** What a wire calls the members that a translation can refuse. */
export interface MemberNames {
  readonly messageAt: (index: number) => string;
  readonly format: string;
  readonly effort: string;
}

const chatMembers: MemberNames = {
  messageAt: (index) => `messages[${index}]`,
  format: "response_format",
  effort: "reasoning_effort",
};

/**
 * The Converse body for `request`, or why there is none. Roles alternate and begin with the user, every tool
 * result stands in the message after its call, and no text is blank: what Bedrock would refuse for the
 * translation's sake never reaches it. Tool calls that the caller left unanswered do, and Bedrock says so.
 * `members` are the names that refusals use.
 */
export function toConverse(
  request: ChatCompletionRequest,
  { model, streamed, history: earlier }: TranslateFor,
  members: MemberNames = chatMembers,
): (Translated & { readonly body: ConverseBody }) | Refusal {
  const history = toConverseMessages(request.messages, members.messageAt, earlier);
  if ("refused" in history) {
    return history;
  }
  const tools = toToolConfig(request, history.calledTools);
  if ("refused" in tools) {
    return tools;
  }
  const inference = toInferenceConfig(request);
  if ("refused" in inference) {
    return inference;
  }
  const plain: ConverseBody = {
    messages: withDocuments(history.messages, request.documents, { cites: mayCite(request, history) }),
    ...(history.system.length > 0 && { system: history.system }),
    ...(Object.keys(inference.inferenceConfig).length > 0 && inference),
    ...tools,
    ...toServiceTier(request.service_tier),
  };
  const formatted = withAnswerFormat(plain, toAnswerFormat(request.response_format), {
    model,
    streamed,
    mayCallTools: (request.tools ?? []).length > 0 && request.tool_choice !== "none",
    param: members.format,
  });
  if ("refused" in formatted) {
    return formatted;
  }
  const effort = withReasoningEffort(formatted.body, request.reasoning_effort ?? undefined, {
    model,
    param: members.effort,
  });
  return "refused" in effort ? effort : { ...effort, answersByTool: formatted.answersByTool };
}

/**
 * Claude refuses citations beside an answer by a schema, and where some of a request's documents ask for them and others, such as files,
 * do not (Anthropic, "Citations").
 */
function mayCite({ response_format: format }: ChatCompletionRequest, { messages }: ConverseHistory): boolean {
  const hasFiles = messages.some(({ content }) => content.some((block) => "document" in block));
  return !hasFiles && (format ?? { type: "text" }).type === "text";
}

function toInferenceConfig(
  request: ChatCompletionRequest,
): { readonly inferenceConfig: ConverseInferenceConfig } | Refusal {
  const { max_tokens: older, max_completion_tokens: newer, temperature, top_p: topP, stop } = request;
  if (typeof older === "number" && typeof newer === "number" && older !== newer) {
    return refuseInvalid(
      "max_tokens",
      `\`max_tokens\` is ${older} and \`max_completion_tokens\` is ${newer}; send one of them.`,
    );
  }
  const maxTokens = newer ?? older;
  const stopSequences = typeof stop === "string" ? [stop] : (stop ?? []);
  return {
    inferenceConfig: {
      ...(typeof maxTokens === "number" && { maxTokens }),
      ...(typeof temperature === "number" && { temperature }),
      ...(typeof topP === "number" && { topP }),
      ...(stopSequences.length > 0 && { stopSequences }),
    },
  };
}
