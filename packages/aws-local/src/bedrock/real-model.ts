/** A real model behind MODEL_URL: any server that speaks OpenAI's chat completions. */
import { AwsError } from "../aws-error.ts";
import { readChatStream } from "./chat-completions-answer.ts";
import { chatRequest } from "./chat-completions-request.ts";
import type { ConverseRequest } from "./converse-request.ts";
import type { ModelEvent } from "./model-event.ts";

export interface RealModelOptions {
  /** Base URL, up to and without "/chat/completions". */
  readonly url: string;
  /** The model to ask for; the Bedrock model id when absent. */
  readonly name?: string | undefined;
  readonly apiKey?: string | undefined;
}

/**
 * Asks the server and gives its answer as it comes. Throws an AwsError when the server does not take the call:
 * throttled, invalid, or not to be reached.
 */
export async function askRealModel(
  { url, name, apiKey }: RealModelOptions,
  modelId: string,
  request: ConverseRequest,
  signal: AbortSignal,
): Promise<AsyncIterable<ModelEvent>> {
  const answer = await fetch(`${url.replace(/\/$/, "")}/chat/completions`, {
    method: "POST",
    signal,
    headers: { "content-type": "application/json", ...(apiKey ? { authorization: `Bearer ${apiKey}` } : {}) },
    body: JSON.stringify(chatRequest(name ?? modelId, request)),
  }).catch(() => {
    throw new AwsError("ServiceUnavailableException", "The model server at MODEL_URL cannot be reached.");
  });
  if (answer.ok && answer.body) {
    return readChatStream(answer.body, signal);
  }
  const said = `The model server at MODEL_URL answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`;
  if (answer.status === 429) {
    throw new AwsError("ThrottlingException", said);
  }
  throw new AwsError(answer.status < 500 ? "ValidationException" : "ModelErrorException", said);
}
