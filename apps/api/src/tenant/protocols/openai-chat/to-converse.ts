/** Maps a chat-completions request to the Converse body that asks for the same. */
import type { Refusal } from "@caprock/domain";
import type { ConverseBody, ConverseInferenceConfig } from "../converse-json.ts";
import { refuseInvalid } from "../openai/refuse-invalid.ts";
import type { ChatCompletionRequest } from "./request.ts";
import { toConverseMessages } from "./to-converse-messages.ts";
import { toToolConfig } from "./to-tool-config.ts";

/**
 * The Converse body for `request`, or why there is none. Roles alternate and begin with the user, every tool
 * result stands in the message after its call, and no text is blank: what Bedrock would refuse for the
 * translation's sake never reaches it. Tool calls that the caller left unanswered do, and Bedrock says so.
 * `parallel_tool_calls` has no counterpart in Converse and is not sent.
 */
export function toConverse(request: ChatCompletionRequest): { readonly body: ConverseBody } | Refusal {
  const history = toConverseMessages(request.messages);
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
  return {
    body: {
      messages: history.messages,
      ...(history.system.length > 0 && { system: history.system }),
      ...(Object.keys(inference.inferenceConfig).length > 0 && inference),
      ...tools,
    },
  };
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
