/** Fits what the caller sent into the model's window, and bounds what it can count as. */
import { createTokenCounter, type FitReport, fit, tokenCeiling } from "@caprock/context";
import { type Model, type Refusal, refusal } from "@caprock/domain";
import type { ConverseBody } from "./converse-body.ts";
import type { PlanOptions } from "./operation.ts";
import { isOpenEnded } from "./output-slices.ts";

type OutputLimits = Pick<PlanOptions, "defaultMaxOutputTokens" | "openStreamMaxOutputTokens">;

export interface AssembledContext {
  /** The body to send: messages fitted, the answer's limit stated. */
  readonly body: ConverseBody;
  /** No model counts the prompt as more than this. */
  readonly inputTokensCeiling: number;
  readonly maxOutputTokens: number;
  /** How the prompt was fitted, in Caprock's own estimate of tokens. */
  readonly report: FitReport;
}

/**
 * Drops the oldest exchanges if the prompt and the answer's room exceed the window. Refuses with
 * `context_too_long` when even the least does not fit, and with `invalid_request` when the caller wants a
 * longer answer than the model can give.
 */
export function assembleContext(
  body: ConverseBody,
  model: Model,
  {
    maxOutputTokens,
    tokenCorrection,
  }: { readonly maxOutputTokens: number } & Pick<PlanOptions, "tokenCorrection">,
): AssembledContext | Refusal {
  const asked = body.inferenceConfig?.maxTokens;
  if (asked !== undefined && asked > model.maxOutputTokens) {
    return refusal({
      code: "invalid_request",
      message: `"${model.id}" answers with at most ${model.maxOutputTokens} tokens, but ${asked} were asked for.`,
      param: "max_tokens",
    });
  }
  const { system, toolConfig, messages: history } = body;
  const fitted = fit(
    { system, toolConfig, history },
    {
      model: { ...model, tokenizerFactor: model.tokenizerFactor * tokenCorrection },
      reserveOutputTokens: maxOutputTokens,
    },
  );
  if ("refused" in fitted) {
    return fitted;
  }
  const { messages, report } = fitted;
  const sent: ConverseBody = {
    ...body,
    messages,
    inferenceConfig: { ...body.inferenceConfig, maxTokens: maxOutputTokens },
  };
  const windowTokens = model.contextWindowTokens;
  return {
    body: sent,
    // Bedrock refuses, and does not bill, a prompt above the window.
    inputTokensCeiling: Math.min(tokenCeiling(sent, { windowTokens }), windowTokens),
    maxOutputTokens,
    report,
  };
}

/** The limit of the answer: the caller's, or the deployment's where the caller names none. */
export function maxOutputTokensOf(
  body: ConverseBody,
  model: Model,
  streamed: boolean,
  { defaultMaxOutputTokens, openStreamMaxOutputTokens }: OutputLimits,
): number {
  const unasked = isOpenEnded(body, streamed) ? openStreamMaxOutputTokens : defaultMaxOutputTokens;
  return body.inferenceConfig?.maxTokens ?? Math.min(unasked, model.maxOutputTokens);
}

/** Caprock's estimate of a text's tokens for a model. */
export function countTokens(text: string, model: Model): number {
  return createTokenCounter({ factor: model.tokenizerFactor }).text(text);
}
