/** Port: Bedrock Runtime's inference calls, with bodies as they go over the wire. */
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
  /** The frame as it came, for callers who speak the same wire; absent where its event is not what came. */
  readonly bytes?: Uint8Array;
}

/** A call of InvokeModel: a vendor's own body, passed on byte for byte. */
export interface InvokeCall {
  /** Model id, inference profile id or ARN. */
  readonly invokeId: string;
  readonly body: Uint8Array;
  /** The operation's headers, names in lower case: "content-type", "accept", "x-amzn-bedrock-…". */
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** Headers of an answer of InvokeModel: its content type and all whose names begin with "x-amzn-bedrock-". */
export type InvokeHeaders = Readonly<Record<string, string>>;

export interface InvokeAnswer {
  readonly headers: InvokeHeaders;
  /** The vendor's answer as it came. */
  readonly body: Uint8Array;
}

/** One frame of an InvokeModelWithResponseStream answer: of the type "chunk", its event `{bytes}` in base64. */
export type ChunkFrame = ConverseFrame;

export interface InvokeStream {
  readonly headers: InvokeHeaders;
  /** The frames that one read brought come together. The iteration throws BedrockFault. */
  readonly frames: AsyncIterable<readonly ChunkFrame[]>;
}

/** What a prompt counts as is asked of the model itself, by its bare id, and costs nothing. */
export interface CountCall {
  readonly modelId: ModelId;
  /** CountTokens' input: `{ converse }`, as `countInputOf` makes it, or `{ invokeModel: { body } }` with the body in base64. */
  readonly input: JsonObject;
  readonly signal: AbortSignal;
}

/** What of a Converse request counts (Bedrock Runtime API reference, ConverseTokensRequest). */
export function countInputOf({
  messages,
  system,
  toolConfig,
  additionalModelRequestFields,
}: JsonObject): JsonObject {
  return { converse: { messages, system, toolConfig, additionalModelRequestFields } };
}

/** What is to be looked at by a guardrail. Request metadata has no place in it, so Bedrock's log does not tell of it. */
export interface GuardrailCall {
  readonly guardrailId: string;
  readonly version: string;
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
  /** Throws BedrockFault. */
  invokeModel(call: InvokeCall): Promise<InvokeAnswer>;
  /** Resolves when Bedrock has accepted the call. Throws BedrockFault. */
  invokeModelStream(call: InvokeCall): Promise<InvokeStream>;
  /** The tokens that the prompt would be billed as (CountTokens). Throws BedrockFault. */
  countTokens(call: CountCall): Promise<number>;
  /** The assessment (ApplyGuardrail). Throws BedrockFault. */
  applyGuardrail(call: GuardrailCall): Promise<JsonObject>;
}
