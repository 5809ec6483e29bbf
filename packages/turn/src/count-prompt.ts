/** Counts a prompt before it is sent: by the model itself where it can, else by Caprock's estimate. */

import { createTokenCounter } from "@caprock/context";
import type { Model } from "@caprock/domain";
import { countInputOf } from "@caprock/inference";
import type { ConverseBody } from "./converse-body.ts";
import type { TurnParts } from "./turn-request.ts";

export interface PromptCount {
  readonly tokens: number;
  /** Whether the model itself has counted. */
  readonly isExact: boolean;
}

/** Nothing is cut to fit, held or charged. A model that cannot be asked now is estimated; the estimate counts no vendor's fields. */
export async function countPrompt(
  { messages, system, toolConfig, additionalModelRequestFields }: ConverseBody,
  model: Model,
  { bedrock }: Pick<TurnParts, "bedrock">,
  signal: AbortSignal,
): Promise<PromptCount> {
  if (model.supports.countTokens) {
    const body = {
      messages,
      ...(system && { system }),
      ...(toolConfig && { toolConfig }),
      ...(additionalModelRequestFields !== undefined && { additionalModelRequestFields }),
    };
    const counted = await bedrock
      .countTokens({ modelId: model.id, input: countInputOf(body), signal })
      .catch(() => undefined);
    if (counted !== undefined) {
      return { tokens: counted, isExact: true };
    }
  }
  const counter = createTokenCounter({ factor: model.tokenizerFactor });
  const ofMessages = messages.reduce((sum, message) => sum + counter.message(message), 0);
  return { tokens: counter.system(system) + counter.tools(toolConfig) + ofMessages, isExact: false };
}
