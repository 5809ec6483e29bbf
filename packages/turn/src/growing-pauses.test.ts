import { ManualClock } from "@caprock/domain";
import { expect, test } from "vitest";
import { GrowingPauses, pauseAfter } from "./growing-pauses.ts";

const bounds = { firstMs: 1_000, longestMs: 6_000 };

test("a pause doubles with each failure in a row, up to its bound", () => {
  expect([0, 1, 2, 3, 50, 5_000].map((failures) => pauseAfter(failures, bounds))).toEqual([
    1_000, 2_000, 4_000, 6_000, 6_000, 6_000,
  ]);
});

test("what failed is left alone until its pause is over, and what succeeds begins anew", () => {
  const clock = new ManualClock(0);
  const pauses = new GrowingPauses(clock, bounds);
  /** How long it is left alone from now on. */
  const lasts = () => {
    const beganMs = clock.now();
    while (pauses.isOn("a")) {
      clock.advance(500);
    }
    return clock.now() - beganMs;
  };
  const failing = () => {
    pauses.failed("a");
    return lasts();
  };
  expect(lasts()).toBe(0);
  expect([failing(), failing(), failing(), failing()]).toEqual([1_000, 2_000, 4_000, 6_000]);
  pauses.failed("a");
  expect(pauses.isOn("b")).toBe(false);
  pauses.succeeded("a");
  expect(pauses.isOn("a")).toBe(false);
  expect(failing()).toBe(1_000);
});

test("many that fail at once count as one", () => {
  const clock = new ManualClock(0);
  const pauses = new GrowingPauses(clock, bounds);
  for (let count = 0; count < 100; count++) {
    pauses.failed("a");
  }
  clock.advance(1_000);
  expect(pauses.isOn("a")).toBe(false);
});
