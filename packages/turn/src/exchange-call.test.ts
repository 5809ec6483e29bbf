import type { Admission, Reservation } from "@caprock/metering";
import { expect, test } from "vitest";
import { type AdmittedTurn, worstCases } from "./admit.ts";
import { exchangeCall } from "./exchange-call.ts";
import type { PlannedCall } from "./operation.ts";
import { OutputSlices } from "./output-slices.ts";

const bounds = (inputTokensCeiling: number, guardrailContent = 0) => ({
  inputTokensCeiling,
  maxOutputTokens: 10_000,
  openEnded: true,
  showsAllOutput: true,
  hourCache: false,
  units: { guardrailContent },
});
const call = (inputTokensCeiling: number, guardrailContent?: number) =>
  ({ bounds: bounds(inputTokensCeiling, guardrailContent) }) as unknown as PlannedCall<unknown, unknown>;
const unitRates = { guardrailContent: 5n };
const rates = { input: 1n, output: 2n, cacheRead: 0n, cacheWrite5m: 0n, cacheWrite1h: 0n };

function opened(remainingTokens: number) {
  const asked: number[] = [];
  const admission = {
    async extend(reservation: Reservation, { worstCaseTokens }: { worstCaseTokens: number }) {
      asked.push(worstCaseTokens);
      const more = { ...reservation, requestId: "extended" };
      return worstCaseTokens <= remainingTokens
        ? { reservation: more }
        : { reservation: more, refused: { code: "budget_exceeded", message: "No more." } };
    },
  } as unknown as Admission;
  const reservation = { requestId: "first" } as Reservation;
  const worstCaseOf = () => ({ worstCaseNanoUsd: 0n, worstCaseTokens: 0 });
  const slices = new OutputSlices(reservation, { admission, maxOutputTokens: 10_000, worstCaseOf });
  const first = call(1_000);
  const turn = {
    call: first,
    bounds: first.bounds,
    price: { tokenRates: rates, unitRates },
    markupBasisPoints: 0,
    reservation,
    slices,
  } as unknown as AdmittedTurn;
  return { turn, admission, asked, first };
}

test("a call that counts as no more takes the place of the other without asking for more", async () => {
  const { turn, admission, asked } = opened(0);
  const other = call(900);
  const { turn: after, isExchanged } = await exchangeCall(turn, other, { admission });
  expect(isExchanged).toBe(true);
  expect(after.call).toBe(other);
  expect(after.bounds.inputTokensCeiling).toBe(1_000);
  expect(asked).toEqual([]);
});

test("a call that may count as more is held for up to where its answer is, and estimates are bounded by it", async () => {
  const { turn, admission, asked } = opened(10_000);
  const { turn: after, isExchanged } = await exchangeCall(turn, call(3_000), { admission });
  expect(isExchanged).toBe(true);
  expect(asked).toEqual([3_000 + 2_048]);
  expect(after.bounds.inputTokensCeiling).toBe(3_000);
  expect(after.slices?.reservation.requestId).toBe("extended");
  expect(after.worstCaseOf(0).worstCaseTokens).toBe(3_000);
});

test("a call that a guardrail may bill for more is held for, also where its prompt counts as no more tokens", async () => {
  const { turn, admission, asked } = opened(10_000);
  const { turn: after, isExchanged } = await exchangeCall(turn, call(900, 3), { admission });
  expect(isExchanged).toBe(true);
  expect(asked).toEqual([1_000 + 2_048]);
  expect(after.bounds).toMatchObject({ inputTokensCeiling: 1_000, units: { guardrailContent: 3 } });
  const withoutUnits = worstCases(turn.price, bounds(1_000), 0)(0).worstCaseNanoUsd;
  expect(after.worstCaseOf(0).worstCaseNanoUsd).toBeGreaterThan(withoutUnits);
});

test("where a limit has no more left the turn keeps its call, with what it holds by then", async () => {
  const { turn, admission, first } = opened(3_000);
  const { turn: after, isExchanged } = await exchangeCall(turn, call(3_000), { admission });
  expect(isExchanged).toBe(false);
  expect(after.call).toBe(first);
  expect(after.reservation.requestId).toBe("extended");
  expect(after.slices?.reservation.requestId).toBe("extended");
});
