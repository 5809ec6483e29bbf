/** Bedrock's Converse as it stands in JSON: the SDK's shapes with bytes as base64, cut to what other wires map. */
import type {
  DocumentFormat,
  ImageFormat,
  ServiceTierType,
  StopReason,
} from "@aws-sdk/client-bedrock-runtime";

export interface TextBlock {
  readonly text: string;
}

export interface ImageBlock {
  /** `bytes` is base64. */
  readonly image: { readonly format: ImageFormat; readonly source: { readonly bytes: string } };
}

export interface DocumentBlock {
  /** `bytes` is base64. */
  readonly document: {
    readonly format: DocumentFormat;
    readonly name: string;
    readonly source: { readonly bytes: string };
  };
}

export interface SearchResultBlock {
  readonly searchResult: {
    readonly source: string;
    readonly title: string;
    readonly content: readonly TextBlock[];
    readonly citations: { readonly enabled: boolean };
  };
}

export interface ToolUseBlock {
  readonly toolUse: {
    readonly toolUseId: string;
    readonly name: string;
    readonly input: Readonly<Record<string, unknown>>;
  };
}

export interface ToolResultBlock {
  readonly toolResult: { readonly toolUseId: string; readonly content: readonly TextBlock[] };
}

export type ConverseBlock =
  | TextBlock
  | ImageBlock
  | DocumentBlock
  | SearchResultBlock
  | ToolUseBlock
  | ToolResultBlock;

export interface ConverseMessage {
  readonly role: "user" | "assistant";
  readonly content: readonly ConverseBlock[];
}

export interface ConverseTool {
  readonly toolSpec: {
    readonly name: string;
    readonly description?: string;
    readonly inputSchema: { readonly json: Readonly<Record<string, unknown>> };
    readonly strict?: boolean;
  };
}

export interface ConverseToolConfig {
  readonly tools: readonly ConverseTool[];
  /** Absent where the model may choose. */
  readonly toolChoice?:
    | { readonly any: Record<string, never> }
    | { readonly tool: { readonly name: string } };
}

export interface ConverseInferenceConfig {
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly stopSequences?: readonly string[];
}

/** The body of `POST /model/{id}/converse` and `/converse-stream`. */
export interface ConverseBody {
  readonly messages: readonly ConverseMessage[];
  readonly system?: readonly TextBlock[];
  readonly inferenceConfig?: ConverseInferenceConfig;
  readonly toolConfig?: ConverseToolConfig;
  readonly outputConfig?: {
    readonly textFormat: {
      readonly type: "json_schema";
      readonly structure: {
        /** `schema` is a text of JSON. */
        readonly jsonSchema: {
          readonly name: string;
          readonly description?: string;
          readonly schema: string;
        };
      };
    };
  };
  readonly serviceTier?: { readonly type: ServiceTierType };
  readonly additionalModelRequestFields?: Readonly<Record<string, unknown>>;
}

/** Token counts as Bedrock reports them; `inputTokens` excludes what the prompt cache served or took in. */
export interface ConverseUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadInputTokens?: number;
  readonly cacheWriteInputTokens?: number;
}

/** What a piece of an answer is taken from. */
export interface ConverseCitation {
  readonly source?: string;
  readonly title?: string;
}

/** One block of an answer: at most one member is present, and members this wire cannot show are left out. */
export interface ConverseAnswerBlock {
  readonly text?: string;
  readonly toolUse?: { readonly toolUseId: string; readonly name: string; readonly input?: unknown };
  readonly reasoningContent?: { readonly reasoningText?: { readonly text: string } };
  readonly citationsContent?: {
    readonly content?: readonly { readonly text?: string }[];
    readonly citations?: readonly ConverseCitation[];
  };
}

/** The answer of `POST /model/{id}/converse`. */
export interface ConverseAnswer {
  readonly output?: { readonly message?: { readonly content?: readonly ConverseAnswerBlock[] } };
  readonly stopReason: ConverseStopReason;
  readonly usage: ConverseUsage;
  readonly serviceTier?: { readonly type: string };
}

/** Bedrock's reasons, and whatever it adds to them before this code knows it. */
export type ConverseStopReason = StopReason | (string & {});

/** One event of a ConverseStream; exactly one member is present, and members this wire cannot show are left out. */
export interface ConverseStreamEvent {
  readonly messageStart?: { readonly role: string };
  readonly contentBlockStart?: {
    readonly contentBlockIndex: number;
    readonly start?: { readonly toolUse?: { readonly toolUseId: string; readonly name: string } };
  };
  readonly contentBlockDelta?: {
    readonly contentBlockIndex: number;
    readonly delta?: {
      readonly text?: string;
      readonly toolUse?: { readonly input?: string };
      readonly reasoningContent?: { readonly text?: string };
      readonly citation?: ConverseCitation;
    };
  };
  readonly contentBlockStop?: { readonly contentBlockIndex: number };
  readonly messageStop?: { readonly stopReason: ConverseStopReason };
  readonly metadata?: { readonly usage: ConverseUsage; readonly serviceTier?: { readonly type: string } };
}
