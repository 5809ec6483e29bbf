/** What Caprock knows about a model that Bedrock serves. */

export type ModelModality = "chat" | "embedding" | "image" | "rerank" | "guardrail";

/** Where a call may run: only in the endpoint's Region, within one geography, or anywhere. */
export type ProfileScope = "region" | "geo" | "global";

/** The id of a model without an inference profile prefix, for example "anthropic.claude-sonnet-5". */
export type ModelId = string;

/**
 * Which of the vendors' fields tells a model how much to think: Claude's adaptive thinking with an effort, Claude's older
 * thinking with a budget of tokens, Nova's `reasoningConfig`, or gpt-oss's `reasoning_effort`.
 */
export type ReasoningControl = "adaptive" | "budget" | "reasoning-config" | "reasoning-effort";

/** What a model's explicit prompt cache takes. */
export interface PromptCache {
  /** The shortest prefix that is cached; a point before a shorter one is ignored. */
  readonly minimumTokens: number;
  /** The most cache points in a request. */
  readonly checkpoints: number;
  /** Whether a point may stand behind tools; behind system prompt and messages it always may. */
  readonly tools: boolean;
}

export interface Model {
  /** The id without an inference profile prefix, for example "anthropic.claude-sonnet-5". */
  readonly id: ModelId;
  readonly name: string;
  readonly vendor: string;
  readonly modality: ModelModality;
  /** Inference profile prefixes it is offered under ("us", "eu", "global" …). */
  readonly profiles: readonly string[];
  /** False where the bare id cannot be called on demand and a profile is needed. */
  readonly callableBare: boolean;
  /** The most tokens of prompt and answer together. */
  readonly contextWindowTokens: number;
  readonly maxOutputTokens: number;
  readonly supports: {
    readonly tools: boolean;
    readonly toolsWhileStreaming: boolean;
    readonly images: boolean;
    readonly system: boolean;
    readonly countTokens: boolean;
    /** Whether the tool that it must call can be named (Converse's `toolChoice.tool`). */
    readonly forcedTools: boolean;
    /** Whether it answers by a JSON schema (Converse's `outputConfig.textFormat`). */
    readonly structuredOutput: boolean;
    /** Whether it takes search results (Converse's `searchResult`), and cites them. */
    readonly searchResults: boolean;
  };
  /** How it is told how much to think; absent where it cannot be told. */
  readonly reasoningControl?: ReasoningControl;
  /** Whether it refuses its own reasoning where anything before it has changed. */
  readonly bindsReasoning?: boolean;
  /** Absent where Bedrock takes no cache points for it. */
  readonly promptCache?: PromptCache | undefined;
  /** Tokens this model makes of a text for every token of OpenAI's o200k; see facts in `catalog`. */
  readonly tokenizerFactor: number;
}

/** A model as a caller named it: which model, and through which inference profile if any. */
export interface ModelRoute {
  readonly model: Model;
  /** The id to send to Bedrock, profile prefix included. */
  readonly invokeId: string;
  /** The id that tells the price: `invokeId`, but for an application inference profile the id it was made from. */
  readonly sourceId: string;
  readonly scope: ProfileScope;
  /** The profile prefix ("us", "global" …), absent for a bare id. */
  readonly profile?: string;
}
