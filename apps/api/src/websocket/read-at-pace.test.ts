import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readAtPace } from "./read-at-pace.ts";
import { mostTextsPerSecond } from "./socket-bounds.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function paused() {
  const states: boolean[] = [false];
  const pace = readAtPace({ pause: () => states.push(true), resume: () => states.push(false) });
  return { pace, isPaused: () => states.at(-1) };
}

test("a connection that has sent its texts of a second is read on when the second is over", () => {
  const { pace, isPaused } = paused();
  for (let second = 0; second < 3; second += 1) {
    for (let text = 1; text < mostTextsPerSecond; text += 1) {
      pace.took();
    }
    expect(isPaused()).toBe(false);
    pace.took();
    // What had come in one piece with it is read all the same.
    pace.took();
    vi.advanceTimersByTime(999);
    expect(isPaused()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(isPaused()).toBe(false);
  }
});

test("who sends at a person's pace is never paused", () => {
  const { pace, isPaused } = paused();
  for (let text = 0; text < 3 * mostTextsPerSecond; text += 1) {
    pace.took();
    expect(isPaused()).toBe(false);
    vi.advanceTimersByTime(20);
  }
});
