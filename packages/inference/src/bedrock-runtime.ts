/** Port: Bedrock Runtime's Converse calls, with bodies as the JSON that goes over the wire. */

import type { ModelId } from "@caprock/domain";

/** A JSON object whose members are passed on whether they are known here or not. */
export type JsonObject = { readonly [member: string]: unknown };

export interface ConverseCall {
  /** Model id, inference profile id or ARN. */
  readonly invokeId: string;
  readonly body: JsonObject;
  /** Aborting it ends the call; Bedrock then stops generating. */
  readonly signal: AbortSignal;
}

export interface ConverseAnswer {
  readonly body: JsonObject;
}

/** One frame of a ConverseStream answer. */
export interface ConverseFrame {
  /** The member of ConverseStream's event union: "messageStart", "contentBlockDelta" … "metadata". */
  readonly type: string;
  /** The frame's JSON payload. */
  readonly event: JsonObject;
  /** The frame as it came, for callers who speak the same wire. */
  readonly bytes: Uint8Array;
}

/** What a prompt counts as is asked of the model itself, by its bare id, and costs nothing. */
export interface CountCall {
  readonly modelId: ModelId;
  /** A Converse request, or the members of one that count. */
  readonly body: JsonObject;
  readonly signal: AbortSignal;
}

export interface BedrockRuntime {
  /** Throws BedrockFault. */
  converse(call: ConverseCall): Promise<ConverseAnswer>;
  /**
   * Starts a stream. Resolves when Bedrock has accepted the call; the frames that one read brought come
   * together. Both the promise and the iteration throw BedrockFault.
   */
  converseStream(call: ConverseCall): Promise<AsyncIterable<readonly ConverseFrame[]>>;
  /** The tokens that the prompt would be billed as (CountTokens). Throws BedrockFault. */
  countTokens(call: CountCall): Promise<number>;
}
