/** Maps Bedrock's stop reasons to Anthropic's. */
import type { StopReason as ConverseReason } from "@aws-sdk/client-bedrock-runtime";

export type StopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "refusal"
  | "model_context_window_exceeded";

const stopReasons: Readonly<Record<ConverseReason, StopReason>> = {
  end_turn: "end_turn",
  stop_sequence: "stop_sequence",
  tool_use: "tool_use",
  max_tokens: "max_tokens",
  model_context_window_exceeded: "model_context_window_exceeded",
  guardrail_intervened: "refusal",
  content_filtered: "refusal",
  // Anthropic has no word for an answer that the model garbled; what there is of it, is whole.
  malformed_model_output: "end_turn",
  malformed_tool_use: "end_turn",
};

const byConverseReason: ReadonlyMap<string, StopReason> = new Map(Object.entries(stopReasons));

/** What a message says about its end. */
export interface Stop {
  readonly stop_reason: StopReason;
  readonly stop_sequence: string | null;
  readonly stop_details: {
    readonly type: "refusal";
    readonly category: null;
    readonly explanation: null;
  } | null;
}

/**
 * The end of an answer; a reason that Bedrock adds later reads as "end_turn". The sequence that stopped it is what the
 * model's own fields tell, or the only one that was asked for; where neither says, it is null.
 */
export function toStop(reason: string, fields: unknown, stopSequences: readonly string[]): Stop {
  const stop_reason = byConverseReason.get(reason) ?? "end_turn";
  const { stop_sequence: told } = Object(fields ?? {}) as { stop_sequence?: unknown };
  const only = stopSequences.length === 1 ? stopSequences[0] : undefined;
  const sequence = typeof told === "string" ? told : only;
  return {
    stop_reason,
    stop_sequence: stop_reason === "stop_sequence" ? (sequence ?? null) : null,
    stop_details: stop_reason === "refusal" ? { type: "refusal", category: null, explanation: null } : null,
  };
}
