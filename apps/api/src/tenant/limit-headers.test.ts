import { formatUsd } from "@caprock/domain";
import type { LimitStanding } from "@caprock/metering";
import { expect, test } from "vitest";
import { limitHeaders, limitHeadersOfRefusal } from "./limit-headers.ts";

const nowMs = Date.parse("2026-11-22T12:00:15Z");
const standing = (wanted: Partial<LimitStanding>): LimitStanding => ({
  limitId: "a",
  scope: "tenant",
  unit: "requests",
  window: "minute",
  amount: 60n,
  remaining: 59n,
  resetsAtMs: nowMs + 45_000,
  ...wanted,
});

test("of the limits in one unit the one with the least left is told, with the time until it resets", () => {
  const day = standing({
    limitId: "b",
    window: "day",
    amount: 1_000n,
    remaining: 7n,
    resetsAtMs: nowMs + 43_185_000,
  });
  expect(limitHeaders([standing({}), day, standing({ limitId: "c", remaining: 8n })], nowMs)).toEqual({
    "x-ratelimit-limit-requests": "1000",
    "x-ratelimit-remaining-requests": "7",
    "x-ratelimit-reset-requests": "11h59m45s",
  });
});

test("tokens, money and calls at once have headers of their own", () => {
  const { window: _, resetsAtMs: __, ...open } = standing({ unit: "concurrency", amount: 3n, remaining: 2n });
  expect(
    limitHeaders(
      [
        standing({ unit: "tokens", amount: 5_000n, remaining: 0n }),
        standing({ unit: "nanoUsd", amount: 2_500_000_000n, remaining: 1n, resetsAtMs: nowMs + 360_000 }),
        open,
      ],
      nowMs,
    ),
  ).toEqual({
    "x-ratelimit-limit-tokens": "5000",
    "x-ratelimit-remaining-tokens": "0",
    "x-ratelimit-reset-tokens": "45s",
    "x-caprock-budget-limit-usd": formatUsd(2_500_000_000n),
    "x-caprock-budget-remaining-usd": formatUsd(1n),
    "x-caprock-budget-reset": "6m0s",
    "x-caprock-concurrency-limit": "3",
    "x-caprock-concurrency-remaining": "2",
  });
});

test("a refusal tells how the limit stands that refused, and other errors tell nothing of limits", () => {
  const details = {
    unit: "tokens",
    limitAmount: "100",
    remaining: "40",
    resetsAt: "2026-11-22T12:01:00.000Z",
  };
  expect(limitHeadersOfRefusal({ code: "rate_limited", message: "", details }, nowMs)).toEqual({
    "x-ratelimit-limit-tokens": "100",
    "x-ratelimit-remaining-tokens": "40",
    "x-ratelimit-reset-tokens": "45s",
  });
  expect(limitHeadersOfRefusal({ code: "not_found", message: "" }, nowMs)).toEqual({});
});
