/** Tells a model how much to think, each vendor in its own field. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import type { ConverseBody } from "../converse-json.ts";

export const reasoningEfforts = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;
export type ReasoningEffort = (typeof reasoningEfforts)[number];

/** Of an answer's room, for models whose thinking has a budget. */
const budgetShare: Readonly<Record<Exclude<ReasoningEffort, "none">, number>> = {
  minimal: 0.1,
  low: 0.2,
  medium: 0.5,
  high: 0.8,
  xhigh: 0.9,
  max: 0.9,
};
/** Claude's least budget. */
const leastBudgetTokens = 1_024;
/** The room of an answer whose caller names none, so that the budget is part of something. */
const roomTokens = 16_384;

export interface EffortOptions {
  readonly model: Model;
  /** The member that asks for it, as the caller wrote it. */
  readonly param: string;
}

/**
 * The body with the vendor's field, and a warning where the wish is not, or not wholly, met. Thinking counts as output:
 * what it may cost is bounded by the answer's maximum, which Caprock always sends.
 */
export function withReasoningEffort(
  body: ConverseBody,
  effort: ReasoningEffort | undefined,
  { model, param }: EffortOptions,
): { readonly body: ConverseBody; readonly warnings: readonly string[] } | Refusal {
  if (effort === undefined) {
    return { body, warnings: [] };
  }
  switch (model.reasoningControl) {
    case "adaptive":
      return { body: effort === "none" ? body : adaptive(body, effort), warnings: [] };
    case "budget":
      return effort === "none" ? { body, warnings: [] } : budgeted(body, effort, model, param);
    case "reasoning-config":
      return effort === "none" ? { body, warnings: [] } : reasoningConfig(body, effort, param);
    case "reasoning-effort":
      return {
        body: withFields(body, { reasoning_effort: threeLevels(effort) }),
        warnings: effort === threeLevels(effort) ? [] : [`${param} is taken as ${threeLevels(effort)}`],
      };
    case undefined:
      return {
        body,
        warnings:
          effort === "none" ? [] : [`${param} is ignored: ${model.id} cannot be told how much to think`],
      };
  }
}

/** Claude from 4.6 on. A forced tool and thinking exclude each other; the effort alone may stand beside it. */
function adaptive(body: ConverseBody, effort: Exclude<ReasoningEffort, "none">): ConverseBody {
  return withFields(body, {
    output_config: { effort: effort === "minimal" ? "low" : effort },
    ...(body.toolConfig?.toolChoice ? {} : { thinking: { type: "adaptive" } }),
  });
}

/** Claude 4.5. What it thought must come back with a tool's result, and this wire cannot carry it. */
function budgeted(
  body: ConverseBody,
  effort: Exclude<ReasoningEffort, "none">,
  model: Model,
  param: string,
): { readonly body: ConverseBody; readonly warnings: readonly string[] } | Refusal {
  if (body.toolConfig?.toolChoice || body.messages.at(-1)?.content.some((block) => "toolResult" in block)) {
    const why = `${model.id} cannot think where a tool is forced or has just answered`;
    return { body, warnings: [`${param} is ignored: ${why}`] };
  }
  const maxTokens = body.inferenceConfig?.maxTokens ?? Math.min(model.maxOutputTokens, roomTokens);
  if (maxTokens <= leastBudgetTokens) {
    return refusal({
      code: "invalid_request",
      message: `\`${param}\` needs room: "${model.id}" thinks with at least ${leastBudgetTokens} tokens, and the answer may have ${maxTokens}.`,
      param,
    });
  }
  const budget = Math.max(leastBudgetTokens, Math.floor(maxTokens * budgetShare[effort]));
  return {
    body: {
      ...withFields(body, { thinking: { type: "enabled", budget_tokens: budget } }),
      inferenceConfig: { ...body.inferenceConfig, maxTokens },
    },
    warnings: [],
  };
}

/** Nova 2: its highest effort excludes a maximum of the answer, and without that no cost could be bounded. */
function reasoningConfig(body: ConverseBody, effort: ReasoningEffort, param: string) {
  const maxReasoningEffort = threeLevels(effort) === "low" ? "low" : "medium";
  return {
    body: withFields(body, { reasoningConfig: { type: "enabled", maxReasoningEffort } }),
    warnings: effort === maxReasoningEffort ? [] : [`${param} is taken as ${maxReasoningEffort}`],
  };
}

function threeLevels(effort: ReasoningEffort): "low" | "medium" | "high" {
  if (effort === "medium") {
    return "medium";
  }
  return effort === "high" || effort === "xhigh" || effort === "max" ? "high" : "low";
}

function withFields(body: ConverseBody, fields: Readonly<Record<string, unknown>>): ConverseBody {
  return { ...body, additionalModelRequestFields: { ...body.additionalModelRequestFields, ...fields } };
}
