/** What goes into a turn, what it needs, and what comes out. */

import type { FitReport, TokenCalibration } from "@caprock/context";
import type { Clock, ContextPolicy, ModelId, PlatformLimits, Refusal, RequestId } from "@caprock/domain";
import type { BedrockRuntime, Catalog, ConverseFrame, JsonObject } from "@caprock/inference";
import type { SessionStore } from "@caprock/memory";
import type { Admission, CallMetrics, LimitStanding, PriceBook } from "@caprock/metering";
import type { Caller } from "@caprock/tenancy";
import type { Operation } from "./operation.ts";
import type { RecalledNotes, TurnMemory } from "./recall-memory.ts";
import type { RunningTurns } from "./running-turns.ts";
import type { HistorySearch } from "./search/history-search.ts";
import type { LikenessReport, TurnEmbeddings } from "./search/search-by-likeness.ts";

/** One call of a tenant, already authenticated. What is asked of the model is its operation; by default a Converse call. */
export interface TurnRequest<Answer = JsonObject, Frame = ConverseFrame> {
  readonly requestId: RequestId;
  /** As the id tells it: receipts are listed by the one and priced by the other. */
  readonly arrivedAtMs: number;
  readonly caller: Caller;
  /** The wire it came in on, for the receipt: "openai.chat", "bedrock.converse" … */
  readonly wire: string;
  /** The model as the caller named it. */
  readonly modelId: string;
  readonly operation: Operation<Answer, Frame>;
  /** Whose history goes in front of the request, and which keeps the turn under the request's id. */
  readonly session?:
    | {
        readonly sessionId: string;
        readonly actorId?: string | undefined;
        /** The turn that must be the session's newest, where the caller said which one it continues. */
        readonly afterTurnId?: string | undefined;
        /** Whether it begins with what was said while memory was off, and so stays out of long-term memory. */
        readonly sessionOnly?: boolean | undefined;
      }
    | undefined;
  /** Whom it is asked for, where it names no session. */
  readonly actorId?: string | undefined;
  /** How this request's chat is fitted, within what its tenant's policy allows. */
  readonly contextPolicy?: ContextPolicy | undefined;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
}

/** A way of calling a model that the price book does not know. */
export interface UnpricedCall {
  readonly modelId: ModelId;
  readonly serviceTier: string;
  /** The inference profile's prefix; undefined for a bare id. */
  readonly profile: string | undefined;
}

/** Everything a turn works with. Built once for a process, in its composition.ts. */
export interface TurnParts {
  readonly catalog: Catalog;
  readonly priceBook: PriceBook;
  readonly admission: Admission;
  /** Told here of calls that a limit refused; the ledger tells it of the others. */
  readonly metrics: CallMetrics;
  /** The platform's own limits; may be seconds old. */
  readonly platformLimits: () => Promise<PlatformLimits>;
  readonly sessions: SessionStore;
  /** Finds older turns of a chat that matter for its question. */
  readonly search: HistorySearch;
  readonly embeddings: TurnEmbeddings;
  /** Undefined where the deployment has no long-term memory. */
  readonly longTerm: TurnMemory | undefined;
  /** How long a session waits for a turn whose process has died. */
  readonly sessionLeaseMs: number;
  /** Does work again and again, `pauseMs` after it was last done, until the function that is returned is called. */
  readonly repeat: (work: () => Promise<void>, pauseMs: number) => () => void;
  readonly bedrock: BedrockRuntime;
  readonly clock: Clock;
  readonly region: string;
  readonly holdTtlMs: number;
  /** Asked of the model when the caller names no maximum. */
  readonly defaultMaxOutputTokens: number;
  /** The same for streams that are held for in slices. */
  readonly openStreamMaxOutputTokens: number;
  /** What calls have taught of their models' tokens. */
  readonly calibration: TokenCalibration;
  /** Turns that have not settled yet; a process that stops waits for them. */
  readonly running: RunningTurns;
  /** Told of every call that is refused because the price book has no price for it: someone should add one. */
  readonly onUnpriced: (what: UnpricedCall) => void;
  /** Told of a turn that its session could not keep, or not be held for; its caller has, or gets, the answer. */
  readonly onMemoryFailure: (requestId: RequestId, error: unknown) => void;
  /** Names the calls that Caprock makes of its own accord. */
  readonly newRequestId: () => RequestId;
  /** Takes work that no answer waits for; it does not fail. A process does not stop in the middle of it. */
  readonly inBackground: (work: Promise<void>) => void;
  /** Told of a summary that could not be made after a turn; the session's history is as it was. */
  readonly onSummaryFailure: (requestId: RequestId, error: unknown) => void;
  /** Told of a settlement that could not be written; the hold's expiry will mend it. */
  readonly onSettlementFailure: (requestId: RequestId, error: unknown) => void;
}

/** What is told of a turn beside its answer. */
export interface TurnReport {
  /** How the prompt was fitted, where it may be. */
  readonly context: FitReport | undefined;
  /** What long-term memory had for the question, where it was asked. */
  readonly recalled: RecalledNotes | undefined;
  /** How its session was searched by an embedding model, where it was to be. */
  readonly likeness: LikenessReport | undefined;
  /** How the caller's limits stand. */
  readonly standings: readonly LimitStanding[];
  /**
   * The session, and the turn that it keeps once the answer is complete. Without a turn, the session could not keep a whole
   * answer; of a stream nobody knows that yet.
   */
  readonly session: { readonly sessionId: string; readonly turnId: string | undefined } | undefined;
  /** The cheaper model that was asked instead, because the tenant's budget did not cover the one that was named. */
  readonly fallbackModelId: ModelId | undefined;
}

/** A whole answer: by default Bedrock's Converse response. */
export interface TurnAnswer<Answer = JsonObject> extends TurnReport {
  readonly answer: Answer;
}

/** A streamed answer: Bedrock's frames as they come. Stopping the iteration ends the call; it settles either way. */
export interface TurnStream<Frame = ConverseFrame> extends TurnReport {
  readonly frames: AsyncIterable<readonly Frame[]>;
  /** Headers of Bedrock's answer that belong to it. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether its session has kept the turn; once the last frame is there, that is final. */
  readonly isKept: () => boolean;
}

/** Runs a call of the tenant's own, as `runTurn` does. */
export type RunTurn = <Answer, Frame>(
  request: TurnRequest<Answer, Frame>,
) => Promise<TurnAnswer<Answer> | Refusal>;
