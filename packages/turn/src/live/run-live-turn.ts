/** Runs a streamed turn that outlives its reader's connection: what comes is told, and kept for whoever follows later. */
import { CaprockError, type Clock, type Problem } from "@caprock/domain";
import type { ConverseFrame, JsonObject } from "@caprock/inference";
import { runTurnStream } from "../run-turn.ts";
import type { TurnParts, TurnReport, TurnRequest } from "../turn-request.ts";
import type { LiveTurnEnding, LiveTurnName, LiveTurnStore } from "./live-turn-store.ts";

export interface LiveTurnParts {
  readonly turn: TurnParts;
  readonly store: LiveTurnStore;
  readonly clock: Clock;
  /** Resolves after `durationMs`. */
  readonly pause: (durationMs: number) => Promise<void>;
  /** How long a turn goes on whose reader is gone and whom nobody follows. */
  readonly resumeWindowMs: number;
  /** What is not foreseen becomes a problem that may be shown. */
  readonly problemOf: (error: unknown) => Problem;
  /** Told that events were not kept: the turn goes on, but cannot be followed from there. */
  readonly onKeepFailure: (requestId: string, error: unknown) => void;
}

export interface LiveTurnReader {
  /** Tells events, or by none that there is nothing new; `cursor` is how many there were, these included. Resolves with false when the reader is gone. */
  events(events: readonly JsonObject[], cursor: number): Promise<boolean>;
  ended(ending: LiveTurnEnding, cursor: number): Promise<boolean>;
}

/** How often a running turn says that it lives, and looks whether it is to end. */
const beatMs = 1_000;

/** Without a sign of life for so long, whoever ran it is dead. Many beats: a busy store must not look like a death. */
export const leaseMs = 15_000;

/** Events are kept together, as often as this. */
const keepEveryMs = 300;

/**
 * Runs a turn that `begin` of the store has just made. Resolves when it has ended; never rejects. The reader's pace is
 * that of the model, until it is gone. `opening` is told first, and kept, as an event of its own.
 */
export async function runLiveTurn(
  name: LiveTurnName,
  request: TurnRequest,
  reader: LiveTurnReader,
  parts: LiveTurnParts,
  opening: (report: TurnReport) => ConverseFrame | undefined = () => undefined,
): Promise<void> {
  const run = new LiveRun(name, request, reader, parts, opening);
  const ended = run.toEnd();
  await Promise.all([ended, run.beat(ended)]);
}

class LiveRun {
  private readonly name: LiveTurnName;
  private readonly request: TurnRequest;
  private readonly reader: LiveTurnReader;
  private readonly parts: LiveTurnParts;
  private readonly opening: (report: TurnReport) => ConverseFrame | undefined;
  private readonly stop = new AbortController();
  private cursor = 0;
  private kept = 0;
  private unkept: JsonObject[] = [];
  private keptAtMs = 0;
  private goneAtMs: number | undefined;
  private cancelled = false;
  private over = false;

  constructor(
    name: LiveTurnName,
    request: TurnRequest,
    reader: LiveTurnReader,
    parts: LiveTurnParts,
    opening: (report: TurnReport) => ConverseFrame | undefined,
  ) {
    this.name = name;
    this.request = request;
    this.reader = reader;
    this.parts = parts;
    this.opening = opening;
  }

  async toEnd(): Promise<void> {
    const ending = await this.stream().catch((error: unknown): LiveTurnEnding => this.endingOf(error));
    this.over = true;
    await this.keep();
    const { store } = this.parts;
    await this.trying(() => store.end(this.request.caller.tenant.id, this.name, ending, this.cursor));
    if (this.goneAtMs === undefined) {
      await this.reader.ended(ending, this.cursor).catch(() => false);
    }
  }

  /** Says that the turn lives, and ends it when that is asked for or nobody is left who reads. */
  async beat(ended: Promise<void>): Promise<void> {
    const { store, clock, pause, resumeWindowMs } = this.parts;
    const tenantId = this.request.caller.tenant.id;
    while (!this.over) {
      await this.trying(async () => {
        const turn = await store.renew(tenantId, this.name, clock.now() + leaseMs);
        const lastReadMs = Math.max(this.goneAtMs ?? 0, turn.followedUntilMs);
        const isLeft = this.goneAtMs !== undefined && clock.now() > lastReadMs + resumeWindowMs;
        if (turn.cancelRequested || isLeft) {
          this.cancelled = true;
          this.stop.abort();
        }
      });
      await Promise.race([pause(beatMs), ended]);
    }
  }

  private async stream(): Promise<LiveTurnEnding> {
    const { turn } = this.parts;
    const signal = AbortSignal.any([this.request.signal, this.stop.signal]);
    const result = await runTurnStream({ ...this.request, signal }, turn);
    if ("refused" in result) {
      return { how: "failed", problem: result.refused };
    }
    const opening = this.opening(result);
    if (opening) {
      await this.tell([opening]);
    }
    for await (const batch of result.frames) {
      await this.tell(batch);
    }
    return this.cancelled ? { how: "cancelled" } : { how: "completed" };
  }

  private async tell(batch: readonly ConverseFrame[]): Promise<void> {
    const events = batch.map(({ type, event }) => ({ [type]: event }));
    this.cursor += events.length;
    this.unkept.push(...events);
    if (this.goneAtMs === undefined && !(await this.reader.events(events, this.cursor).catch(() => false))) {
      this.goneAtMs = this.parts.clock.now();
    }
    if (this.parts.clock.now() - this.keptAtMs >= keepEveryMs) {
      await this.keep();
    }
  }

  private async keep(): Promise<void> {
    const events = this.unkept;
    this.unkept = [];
    this.keptAtMs = this.parts.clock.now();
    if (events.length > 0) {
      const { store } = this.parts;
      const after = this.kept;
      this.kept += events.length;
      await this.trying(() => store.append(this.request.caller.tenant.id, this.name, { after, events }));
    }
  }

  private endingOf(error: unknown): LiveTurnEnding {
    return this.cancelled
      ? { how: "cancelled" }
      : {
          how: "failed",
          problem: error instanceof CaprockError ? error.problem : this.parts.problemOf(error),
        };
  }

  private async trying(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.parts.onKeepFailure(this.request.requestId, error);
    }
  }
}
