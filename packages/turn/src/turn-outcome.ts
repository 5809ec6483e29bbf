/** Keeps what a call told of itself while it ran, for its settlement, and what became of its turn. */
import { addUsage, CaprockError, type Clock, noTokens, type TokenUsage } from "@caprock/domain";
import { BedrockFault } from "@caprock/inference";
import type { SessionTurn } from "@caprock/memory";
import { addUnits, type EntryStatus, type UnitCounts } from "@caprock/metering";
import type { Doubt, ReportedUse, Told } from "./operation.ts";

export class TurnOutcome implements Told {
  /** The tier that served the call, where Bedrock said so. */
  serviceTier: string | undefined;
  /** Headers of a streamed answer. */
  headers: Readonly<Record<string, string>> = {};
  /** Text that was streamed, for the estimate of a stream that never told its usage. */
  readonly generatedText: string[] = [];
  /** The same in bytes of UTF-8: no model makes more tokens of it. */
  generatedBytes = 0;
  /** The turn as its session keeps it; undefined until then, and where there is none. */
  kept: SessionTurn | undefined;
  /** When the first piece of a streamed answer came (epoch milliseconds). */
  firstPieceAtMs: number | undefined;

  private readonly signal: AbortSignal;
  private readonly clock: Clock;
  private readonly doubts = new Set<Doubt>();
  private known: TokenUsage | undefined;
  private knownUnits: UnitCounts = {};
  private complete = false;
  private failure: unknown;
  private failedInDoubt = false;

  constructor(signal: AbortSignal, clock: Clock) {
    this.signal = signal;
    this.clock = clock;
  }

  /** What Bedrock reported, of all invocations together; undefined while, or because, it did not. */
  get reported(): { readonly usage: TokenUsage; readonly units: UnitCounts } | undefined {
    return this.known && { usage: this.known, units: this.knownUnits };
  }

  /** Whether an invocation has not told what it used. */
  get isInDoubt(): boolean {
    return this.doubts.size > 0;
  }

  /** Whether the call, or one invocation of it, may have run, and so cost something, without telling. */
  get mayHaveRun(): boolean {
    return this.failedInDoubt || this.isInDoubt;
  }

  /** Whether something ran for certain: it told, or had begun to answer. */
  get hasRun(): boolean {
    return this.known !== undefined || [...this.doubts].some(({ hasBegun }) => hasBegun);
  }

  /** By Caprock's own count, what the invocations used that did not tell, streamed text left out. */
  get doubted(): {
    readonly promptTokens: number;
    readonly outputTokens: number;
    readonly units: UnitCounts;
  } {
    let [promptTokens, outputTokens, units]: [number, number, UnitCounts] = [0, 0, {}];
    for (const doubt of this.doubts) {
      promptTokens += doubt.promptTokens;
      outputTokens += doubt.outputTokens ?? 0;
      units = addUnits(units, doubt.units);
    }
    return { promptTokens, outputTokens, units };
  }

  /** A call that ended incomplete and without a failure is one whose caller stopped reading, or that Caprock stopped. */
  get status(): EntryStatus {
    if (this.complete) {
      return "completed";
    }
    const isStopped = this.signal.aborted || this.failure instanceof CaprockError;
    return this.failure === undefined || isStopped ? "aborted" : "failed";
  }

  used({ usage, units, serviceTier }: ReportedUse, resolved?: Doubt): void {
    this.known = addUsage(this.known ?? noTokens, usage);
    this.knownUnits = addUnits(this.knownUnits, units);
    this.serviceTier = serviceTier;
    if (resolved) {
      this.doubts.delete(resolved);
      this.complete = true;
    }
  }

  inDoubt(doubt: Doubt): void {
    this.doubts.add(doubt);
  }

  generated(text: string, bytes: number): void {
    this.firstPieceAtMs ??= this.clock.now();
    this.generatedText.push(text);
    this.generatedBytes += bytes;
  }

  /** The caller has, or will have, the whole answer. */
  answered(): void {
    this.complete = true;
  }

  failed(error: unknown): void {
    this.failure = error;
    if (!(error instanceof BedrockFault) || error.mayHaveRun === "perhaps") {
      this.failedInDoubt = true;
    }
  }
}
