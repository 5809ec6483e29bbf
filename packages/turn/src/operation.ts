/** What a turn asks of Bedrock: all that differs between Converse, InvokeModel, embeddings and images. */

import type {
  ChatMessage,
  ChatVectors,
  FitReport,
  MessageMeasures,
  Note,
  Summary,
  TokenObservation,
} from "@caprock/context";
import type { ContextPolicy, Model, Refusal, TokenUsage } from "@caprock/domain";
import type { BedrockRuntime, JsonObject } from "@caprock/inference";
import type { TurnMessage } from "@caprock/memory";
import type { UnitCounts } from "@caprock/metering";
import type { Conversation } from "./remember.ts";
import type { SearchableHistory } from "./search/searchable-history.ts";

/** What a caller wants of a model, before it is known which model that is. */
export interface Operation<Answer, Frame> {
  /** Whether another model takes the same request, so that a cheaper one can be asked instead. */
  readonly portable: boolean;
  /** What is asked, in words, where it is a chat: long-term memory is searched for it. */
  readonly question?: string | undefined;
  /** Refuses what the model cannot do and what has no bound; else the call as it would be made. Pure. */
  plan(model: Model, how: PlanOptions): PlannedCall<Answer, Frame> | Refusal;
}

export interface PlanOptions {
  readonly streamed: boolean;
  /** What was said before in the request's session, oldest first. */
  readonly history?: readonly TurnMessage[] | undefined;
  /** An id for each message of `history`, and the summary of the older ones. */
  readonly historyIds?: readonly string[] | undefined;
  readonly summary?: Summary | undefined;
  /** What messages of the history, and of the request, measure: each is measured once however often a call is planned. */
  readonly measures?: MessageMeasures | undefined;
  /** How many turns were said before `history`, at most. */
  readonly earlierTurns?: number | undefined;
  /** Where older turns are searched for what matters; until it is known, none are found. */
  readonly search?: SearchableHistory | undefined;
  /** When the request came: what "last week" in a question is taken from. */
  readonly askedAtMs?: number | undefined;
  /** What is remembered of the actor for the question, best first, and what it prefers whatever is asked. */
  readonly memories?: readonly Note[] | undefined;
  readonly preferences?: readonly Note[] | undefined;
  /** How a chat is fitted that is longer than the window. */
  readonly contextPolicy: ContextPolicy;
  /** Asked of the model when the caller names no maximum. */
  readonly defaultMaxOutputTokens: number;
  /** The same for streams that are held for in slices. */
  readonly openStreamMaxOutputTokens: number;
  /** What was learned of the model's tokens: estimates are multiplied by it. */
  readonly tokenCorrection: number;
}

/** A call to one model, bounded, that can be priced, held for and made. */
export interface PlannedCall<Answer, Frame> {
  /** As the caller asked; "default" where nothing was asked. */
  readonly serviceTier: string;
  readonly bounds: CallBounds;
  /** Caprock's own estimate of the prompt, in tokens. */
  readonly promptTokens: number;
  /** How the prompt was fitted, where it may be. */
  readonly context?: FitReport;
  /**
   * The request's own messages, when older turns were left out and `search` was not known: planned again with it, the call
   * has what matters of them.
   */
  readonly searchable?: readonly ChatMessage[] | undefined;
  /**
   * Present where older turns of a session were searched by their words alone, and the policy names an embedding model: the
   * same call, searched by these vectors too.
   */
  readonly searchAgain?: ((vectors: ChatVectors) => PlannedCall<Answer, Frame> | Refusal) | undefined;
  /** How the prompt was estimated, where comparing that with what is reported teaches something. */
  readonly calibrates?: Pick<TokenObservation, "estimatedTokens" | "correction"> | undefined;
  /** What a session keeps of the call, where it can keep anything. */
  readonly conversation?: Conversation;
  /** The prompt as a Converse request, where the model can be asked to count it. */
  readonly countable?: JsonObject;
  /** Makes the call, or the several calls of which the answer is put together. Throws BedrockFault or CaprockError. */
  send(sending: Sending): Promise<Answer>;
  /** Makes the call for a stream. Throws BedrockFault, as the iteration of the frames does. */
  stream(sending: Sending): Promise<OpenedStream<Frame>>;
}

/** The most that a call can use. */
export interface CallBounds {
  /** No model counts the prompt, or the prompts of all calls together, as more than this. */
  readonly inputTokensCeiling: number;
  readonly maxOutputTokens: number;
  /** Whether the answer may be held for slice by slice while it is streamed. */
  readonly openEnded: boolean;
  /** Whether the stream shows all that is billed, so that what was seen bounds what was generated. */
  readonly showsAllOutput: boolean;
  /** Whether the request asks for the dearer cache lifetime of one hour. */
  readonly hourCache: boolean;
  /** What is billed by the piece. */
  readonly units: UnitCounts;
}

/** What a call is made with. */
export interface Sending {
  readonly bedrock: BedrockRuntime;
  readonly invokeId: string;
  /** Names the call in Bedrock's invocation log. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Aborted when the caller hangs up or the time is up. */
  readonly signal: AbortSignal;
  readonly told: Told;
}

/** Hears what a call tells of itself while it runs, for its settlement. */
export interface Told {
  /** An invocation has told what it used. `resolved` is the doubt that its stream began with. */
  used(use: ReportedUse, resolved?: Doubt): void;
  /** An invocation may have run, or is running, and has not told what it used. */
  inDoubt(doubt: Doubt): void;
  /** A piece of a streamed answer came. `bytes` are those of the text: no model makes more tokens of it. */
  generated(text: string, bytes: number): void;
}

export interface ReportedUse {
  readonly usage: TokenUsage;
  readonly units?: UnitCounts | undefined;
  /** The tier that served the call, where Bedrock said so. */
  readonly serviceTier?: string | undefined;
}

/** What an invocation that did not tell may have used, by Caprock's own count. */
export interface Doubt {
  /** Whether it is known to have begun its answer, so that its prompt is billed at least. */
  readonly hasBegun: boolean;
  readonly promptTokens: number;
  readonly outputTokens?: number;
  readonly units?: UnitCounts;
}

export interface OpenedStream<Frame> {
  /** Headers of Bedrock's answer that belong to it. */
  readonly headers: Readonly<Record<string, string>>;
  /** The frames that one read brought come together. */
  readonly frames: AsyncIterable<readonly Frame[]>;
  /** Whether a stream that ends without having told its use was cut. */
  readonly alwaysTells: boolean;
  /** The frames as their caller asked for them, where these are not what was sent. */
  shown?(frames: readonly Frame[]): readonly Frame[];
  /** Reads what frames tell of the call. */
  read(frames: readonly Frame[], told: Told): void;
}
