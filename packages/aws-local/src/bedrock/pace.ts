/** The speed of the simulated model. */
import { nowMs, sleep } from "../system.ts";
import { eventTokens, type ModelEvent } from "./model-event.ts";

export interface Speed {
  readonly timeToFirstTokenMs: number;
  /** 0 is as fast as the client reads. */
  readonly tokensPerSecond: number;
}

/** Passes events on when a model of this speed would have made them; ends when `signal` fires. */
export async function* pace(
  events: Iterable<ModelEvent>,
  speed: () => Speed,
  signal: AbortSignal,
): AsyncGenerator<ModelEvent, void> {
  let dueMs = nowMs() + speed().timeToFirstTokenMs;
  for (const event of events) {
    const { tokensPerSecond } = speed();
    dueMs += tokensPerSecond > 0 ? (eventTokens(event) / tokensPerSecond) * 1_000 : 0;
    await sleep(dueMs - nowMs(), signal);
    if (signal.aborted) {
      return;
    }
    yield event;
  }
}
