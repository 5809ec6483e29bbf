/** What a model says while it answers, whichever model it is: simulated, or a real one behind MODEL_URL. */
import type { ServedUsage } from "../witness.ts";
import type { Citation } from "./cite-search-result.ts";

export type StopReason =
  | "end_turn"
  | "max_tokens"
  | "stop_sequence"
  | "tool_use"
  | "content_filtered"
  | "guardrail_intervened";

/** `tokens` is what the event adds to the answer's length. Blocks follow each other and each is stopped. */
export type ModelEvent =
  | { readonly type: "text"; readonly text: string; readonly tokens: number }
  | { readonly type: "reasoning"; readonly text: string; readonly tokens: number }
  /** Ends a block of reasoning; whoever sends that back must send this with it. */
  | { readonly type: "signature"; readonly signature: string }
  | { readonly type: "toolStart"; readonly toolUseId: string; readonly name: string; readonly tokens: number }
  | { readonly type: "toolInput"; readonly json: string; readonly tokens: number }
  /** What the block's text is taken from. What is cited is no output, and adds no tokens. */
  | { readonly type: "citation"; readonly citation: Citation }
  | { readonly type: "blockStop" }
  /** Always last. `usage` replaces what aws-local counted by itself. */
  | { readonly type: "stop"; readonly stopReason: StopReason; readonly usage?: ServedUsage };

/** The tokens an event adds to the answer. */
export function eventTokens(event: ModelEvent): number {
  return "tokens" in event ? event.tokens : 0;
}
