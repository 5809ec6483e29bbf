/** Keeps what a call told of itself while it ran, for its settlement. */
import { CaprockError, type Clock, type TokenUsage } from "@caprock/domain";
import {
  BedrockFault,
  type ConverseFrame,
  type JsonObject,
  reportedServiceTier,
  reportedUsage,
} from "@caprock/inference";
import type { EntryStatus } from "@caprock/metering";

export class TurnOutcome {
  /** What Bedrock reported; undefined while, or because, it did not. */
  usage: TokenUsage | undefined;
  /** The tier that served the call, where Bedrock said so. */
  serviceTier: string | undefined;
  /** Text that was streamed, for the estimate of a stream that never told its usage. */
  readonly generated: string[] = [];
  /** The same in bytes of UTF-8: no model makes more tokens of it. */
  generatedBytes = 0;
  /** Whether the call may have run, and so cost something, without telling. */
  mayHaveRun = false;
  /** Whether Bedrock had begun to stream, so that the prompt is billed at least. */
  begun = false;
  /** When the first piece of a streamed answer came (epoch milliseconds). */
  firstFrameAtMs: number | undefined;

  private readonly signal: AbortSignal;
  private readonly clock: Clock;
  private failure: unknown;

  constructor(signal: AbortSignal, clock: Clock) {
    this.signal = signal;
    this.clock = clock;
  }

  /** A call that ended without usage and without a failure is one whose caller stopped reading, or that Caprock stopped. */
  get status(): EntryStatus {
    if (this.usage) {
      return "completed";
    }
    const isStopped = this.signal.aborted || this.failure instanceof CaprockError;
    return this.failure === undefined || isStopped ? "aborted" : "failed";
  }

  reported(body: JsonObject): void {
    this.usage = reportedUsage(body);
    this.serviceTier = reportedServiceTier(body);
  }

  streamed(frames: readonly ConverseFrame[]): void {
    for (const { type, event } of frames) {
      if (type === "contentBlockDelta") {
        this.firstFrameAtMs ??= this.clock.now();
        const text = textOf(event.delta);
        this.generated.push(text);
        this.generatedBytes += Buffer.byteLength(text);
      } else if (type === "metadata") {
        this.reported(event);
      }
    }
  }

  failed(error: unknown): void {
    this.failure = error;
    if (!(error instanceof BedrockFault) || error.mayHaveRun === "perhaps") {
      this.mayHaveRun = true;
    }
  }
}

/** The text of a delta, whichever kind it is: answer, reasoning, or a tool's input. */
function textOf(delta: unknown): string {
  const { text, toolUse, reasoningContent } = (delta ?? {}) as {
    text?: unknown;
    toolUse?: { input?: unknown };
    reasoningContent?: { text?: unknown };
  };
  const found = text ?? toolUse?.input ?? reasoningContent?.text;
  return typeof found === "string" ? found : "";
}
