import { ManualClock } from "@caprock/domain";
import type { UnpricedCall } from "@caprock/turn";
import { expect, test } from "vitest";
import { oncePerHour } from "./unpriced-warning.ts";

const call: UnpricedCall = { modelId: "vendor.model", serviceTier: "reserved", profile: "us" };

test("a model, profile and tier without a price is warned of once an hour", () => {
  const clock = new ManualClock(0);
  const warned: UnpricedCall[] = [];
  const warn = oncePerHour(clock, (what) => warned.push(what));
  const others = [
    { ...call, modelId: "vendor.other" },
    { ...call, serviceTier: "flex" },
    { ...call, profile: undefined },
  ];
  for (const what of [call, call, ...others, ...others]) {
    warn(what);
  }
  expect(warned).toEqual([call, ...others]);
  clock.advance(3_599_999);
  warn(call);
  expect(warned).toHaveLength(4);
  clock.advance(1);
  warn(call);
  expect(warned).toHaveLength(5);
});
