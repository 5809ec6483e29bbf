/** What goes into a turn, what it needs, and what comes out. */
import type { Clock, RequestId } from "@caprock/domain";
import type { BedrockRuntime, Catalog, ConverseFrame, JsonObject } from "@caprock/inference";
import type { AccountStore, LedgerStore, PriceBook } from "@caprock/metering";
import type { Caller } from "@caprock/tenancy";
import type { ContextReport } from "./assemble-context.ts";
import type { ConverseBody } from "./converse-body.ts";
import type { RunningTurns } from "./running-turns.ts";

/** One call of a tenant, already authenticated, in canonical form. */
export interface TurnRequest {
  readonly requestId: RequestId;
  readonly arrivedAtMs: number;
  readonly caller: Caller;
  /** The wire it came in on, for the receipt: "openai.chat", "bedrock.converse" … */
  readonly wire: string;
  /** The model as the caller named it. */
  readonly modelId: string;
  readonly body: ConverseBody;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
}

/** Everything a turn works with. Built once for a process, in its composition.ts. */
export interface TurnParts {
  readonly catalog: Catalog;
  readonly priceBook: PriceBook;
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly bedrock: BedrockRuntime;
  readonly clock: Clock;
  readonly region: string;
  readonly holdTtlMs: number;
  /** Asked of the model when the caller names no maximum. */
  readonly defaultMaxOutputTokens: number;
  /** Whether an invocation log will tell the true cost of streams that were cut. */
  readonly resolvesLater: boolean;
  /** Told of a settlement that could not be written; the hold's expiry will mend it. */
  /** Turns that have not settled yet; a process that stops waits for them. */
  readonly running: RunningTurns;
  readonly onSettlementFailure: (requestId: RequestId, error: unknown) => void;
}

/** A whole answer: Bedrock's Converse response. */
export interface TurnAnswer {
  readonly answer: JsonObject;
  readonly context: ContextReport;
}

/** A streamed answer: Bedrock's frames as they come. Stopping the iteration ends the call; it settles either way. */
export interface TurnStream {
  readonly frames: AsyncIterable<readonly ConverseFrame[]>;
  readonly context: ContextReport;
}
