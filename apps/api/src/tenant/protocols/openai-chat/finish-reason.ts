/** Maps Bedrock's stop reasons to OpenAI's finish reasons. */
import type { StopReason } from "@aws-sdk/client-bedrock-runtime";
import type { ConverseStopReason } from "../converse-json.ts";

export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter";

const finishReasons: Readonly<Record<StopReason, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  // OpenAI has no word for an answer that the model garbled; what there is of it, is whole.
  malformed_model_output: "stop",
  malformed_tool_use: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  guardrail_intervened: "content_filter",
  content_filtered: "content_filter",
};

const byStopReason: ReadonlyMap<string, FinishReason> = new Map(Object.entries(finishReasons));

/** The finish reason for a stop reason; one that Bedrock adds later reads as "stop". */
export function toFinishReason(stopReason: ConverseStopReason): FinishReason {
  return byStopReason.get(stopReason) ?? "stop";
}
