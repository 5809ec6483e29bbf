/** Maps the events of a ConverseStream, one by one, to chat.completion.chunk objects. */
import type { ConverseCitation, ConverseStreamEvent } from "../converse-json.ts";
import { toldServiceTier } from "../openai/service-tier.ts";
import { type FinishReason, toFinishReason } from "./finish-reason.ts";
import { type Annotation, type CompletionOrigin, completionId, toAnnotations } from "./to-completion.ts";
import { type CompletionUsage, toUsage } from "./to-usage.ts";

export interface ToolCallDelta {
  readonly index: number;
  /** `id`, `type` and `name` come with the first delta of a call, pieces of `arguments` with the next. */
  readonly id?: string;
  readonly type?: "function";
  readonly function: { readonly name?: string; readonly arguments: string };
}

export interface ChunkDelta {
  readonly role?: "assistant";
  readonly content?: string;
  readonly reasoning_content?: string;
  readonly tool_calls?: ToolCallDelta[];
  /** Of the text that has come; OpenAI's SDK has no type for it here, but others' look for it. */
  readonly annotations?: readonly Annotation[];
}

export interface ChatCompletionChunk {
  readonly id: string;
  readonly object: "chat.completion.chunk";
  readonly created: number;
  readonly model: string;
  readonly choices: {
    readonly index: 0;
    readonly delta: ChunkDelta;
    readonly logprobs: null;
    readonly finish_reason: FinishReason | null;
  }[];
  /** Only where the caller asked for it: null until the last chunk. */
  usage?: CompletionUsage | null;
  /** With the usage: Bedrock tells it last. */
  readonly service_tier?: "default" | "priority" | "flex" | "scale";
}

export interface ChunkOptions extends CompletionOrigin {
  /** Whether to end with a chunk that has no choices and the usage of the whole stream. */
  readonly includeUsage: boolean;
}

/** A call that is being streamed: its place among the calls, and whether any of its arguments were sent. */
interface OpenCall {
  readonly index: number;
  started: boolean;
}

/** The state of one stream: which tool call each content block belongs to. Use one for each answer. */
export class ChunkMapper {
  private readonly includeUsage: boolean;
  private readonly id: string;
  private readonly createdSeconds: number;
  private readonly model: string;
  private readonly calls = new Map<number, OpenCall>();
  private textLength = 0;
  /** Where the text of the open block began, and what it cites. */
  private cited: { readonly start: number; readonly citations: ConverseCitation[] } | undefined;

  constructor({ requestId, createdSeconds, model, includeUsage }: ChunkOptions) {
    this.includeUsage = includeUsage;
    this.id = completionId(requestId);
    this.createdSeconds = createdSeconds;
    this.model = model;
  }

  /** The chunk that tells the caller of `event`; nothing where this wire has nothing to tell. */
  map(event: ConverseStreamEvent): ChatCompletionChunk | undefined {
    if (event.contentBlockDelta) {
      return this.mapDelta(event.contentBlockDelta);
    }
    if (event.contentBlockStart) {
      return this.mapStart(event.contentBlockStart);
    }
    if (event.contentBlockStop) {
      return this.mapStop(event.contentBlockStop.contentBlockIndex);
    }
    if (event.messageStart) {
      return this.chunk({ role: "assistant" });
    }
    if (event.messageStop) {
      return this.chunk({}, toFinishReason(event.messageStop.stopReason));
    }
    if (event.metadata && this.includeUsage) {
      const { usage, serviceTier } = event.metadata;
      return {
        ...this.envelope([]),
        usage: toUsage(usage),
        ...toldServiceTier(serviceTier),
      };
    }
    return undefined;
  }

  private mapDelta({
    contentBlockIndex,
    delta,
  }: NonNullable<ConverseStreamEvent["contentBlockDelta"]>): ChatCompletionChunk | undefined {
    if (delta?.text) {
      this.cited ??= { start: this.textLength, citations: [] };
      this.textLength += delta.text.length;
      return this.chunk({ content: delta.text });
    }
    if (delta?.citation) {
      this.cited ??= { start: this.textLength, citations: [] };
      this.cited.citations.push(delta.citation);
      return undefined;
    }
    if (delta?.toolUse?.input) {
      return this.argumentsChunk(contentBlockIndex, delta.toolUse.input);
    }
    if (delta?.reasoningContent?.text) {
      return this.chunk({ reasoning_content: delta.reasoningContent.text });
    }
    return undefined;
  }

  private mapStart({
    contentBlockIndex,
    start,
  }: NonNullable<ConverseStreamEvent["contentBlockStart"]>): ChatCompletionChunk | undefined {
    if (!start?.toolUse) {
      return undefined;
    }
    const { toolUseId: id, name } = start.toolUse;
    const index = this.calls.size;
    this.calls.set(contentBlockIndex, { index, started: false });
    return this.chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] });
  }

  /** A call without arguments streams none, but callers parse them as JSON: they get an empty object. */
  private mapStop(contentBlockIndex: number): ChatCompletionChunk | undefined {
    const { start = 0, citations = [] } = this.cited ?? {};
    this.cited = undefined;
    const annotations = toAnnotations(citations, start, this.textLength);
    if (annotations.length > 0) {
      return this.chunk({ annotations });
    }
    return this.calls.get(contentBlockIndex)?.started === false
      ? this.argumentsChunk(contentBlockIndex, "{}")
      : undefined;
  }

  private argumentsChunk(contentBlockIndex: number, fragment: string): ChatCompletionChunk | undefined {
    const call = this.calls.get(contentBlockIndex);
    if (!call) {
      return undefined;
    }
    call.started = true;
    return this.chunk({ tool_calls: [{ index: call.index, function: { arguments: fragment } }] });
  }

  /** Members one by one: spreading a prepared head into each chunk measures several times slower. */
  private chunk(delta: ChunkDelta, finishReason: FinishReason | null = null): ChatCompletionChunk {
    const chunk = this.envelope([{ index: 0, delta, logprobs: null, finish_reason: finishReason }]);
    if (this.includeUsage) {
      chunk.usage = null;
    }
    return chunk;
  }

  private envelope(choices: ChatCompletionChunk["choices"]): ChatCompletionChunk {
    return {
      id: this.id,
      object: "chat.completion.chunk",
      created: this.createdSeconds,
      model: this.model,
      choices,
    };
  }
}
