import type { TokenUsage } from "@caprock/domain";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { isOpenEnded } from "./output-slices.ts";
import { runTurn, runTurnStream } from "./run-turn.ts";
import { type OpenTurn, openTurn } from "./testing/open-turn.ts";
import { runToEnd, served } from "./testing/run-to-end.ts";

const timeoutMs = 60_000;
let turn: OpenTurn;

beforeAll(async () => {
  turn = await openTurn();
}, timeoutMs);
afterAll(() => turn.close());

/** Haiku 4.5 over the global profile: 1 USD a million tokens in, 5 out; a slice of 2,048 tokens is 10,240,000 nano. */
const sliceNanoUsd = 10_240_000n;

test("a stream without a maximum holds one slice, then more as it grows, and is billed what was served", {
  timeout: timeoutMs,
}, async () => {
  const tenant = turn.newTenant();
  const request = turn.request(tenant, { text: "[[tokens=3000]]" });
  turn.awsLocal.gate.set(true);
  const started = runTurnStream(request, turn.parts);
  await vi.waitFor(() => expect(turn.awsLocal.gate.waiting).toBe(1), { timeout: timeoutMs });
  expect((await turn.accounts(tenant)).money?.[2]).toBeLessThan(2n * sliceNanoUsd);
  turn.awsLocal.gate.set(false);
  const held: bigint[] = [];
  for await (const _ of served(await started).frames) {
    held.push((await turn.accounts(tenant)).money?.[2] ?? 0n);
  }
  expect(held.at(-1)).toBeGreaterThan(2n * sliceNanoUsd);
  const entry = await turn.ledger.find(tenant.id, request.requestId);
  expect(entry?.usage).toEqual(servedUsage(request.requestId));
  expect(entry?.usage.output).toBe(3_000);
  expect((await turn.accounts(tenant)).money?.slice(1)).toEqual([entry?.costNanoUsd, 0n]);
});

test("when no further slice is to be had the stream ends with budget_exceeded, and the cap is not passed", {
  timeout: timeoutMs,
}, async () => {
  const monthlyCapNanoUsd = 2n * sliceNanoUsd + sliceNanoUsd / 2n;
  const tenant = turn.newTenant({ monthlyCapNanoUsd });
  const request = turn.request(tenant, { text: "[[tokens=7000]]" });
  await expect(runToEnd("stream", request, turn.parts)).rejects.toMatchObject({
    problem: { code: "budget_exceeded", details: { unit: "nanoUsd" } },
  });
  const entry = await turn.ledger.find(tenant.id, request.requestId);
  expect(entry).toMatchObject({ status: "aborted", estimated: true });
  const [available, settled, held] = (await turn.accounts(tenant)).money ?? [];
  expect(available! + settled! + held!).toBe(monthlyCapNanoUsd);
  expect(available).toBeGreaterThanOrEqual(0n);
  expect(held).toBeGreaterThanOrEqual(entry!.costNanoUsd);
});

test("a call that the budget does not cover is asked of the cheaper model that the tenant named, if that fits", {
  timeout: timeoutMs,
}, async () => {
  const dear = "global.anthropic.claude-opus-5";
  const cheap = "us.amazon.nova-micro-v1:0";
  const limits = {
    monthlyCapNanoUsd: 1_000_000n,
    overBudget: { kind: "fall-back", modelId: cheap },
  } as const;
  const body = { inferenceConfig: { maxTokens: 500 } };
  const tenant = turn.newTenant(limits);
  const request = turn.request(tenant, { modelId: dear, body });
  expect(served(await runTurn(request, turn.parts)).fallbackModelId).toBe("amazon.nova-micro-v1:0");
  expect(await turn.ledger.find(tenant.id, request.requestId)).toMatchObject({ invokedId: cheap });

  const poor = turn.newTenant({ ...limits, monthlyCapNanoUsd: 1n });
  expect(await runTurn(turn.request(poor, { modelId: dear, body }), turn.parts)).toMatchObject({
    refused: { code: "budget_exceeded" },
  });
  const strict = turn.newTenant({ ...limits, overBudget: { kind: "refuse" } });
  expect(await runTurn(turn.request(strict, { modelId: dear, body }), turn.parts)).toMatchObject({
    refused: { code: "budget_exceeded" },
  });
});

function servedUsage(requestId: string): TokenUsage | undefined {
  return turn.awsLocal.witness({ requestId }).invocations[0]?.usage;
}

test("what can have a model think unseen is held for whole, also in a stream without a maximum", () => {
  const body = { messages: [{ role: "user" as const, content: [{ text: "Hi" }] }] };
  expect(isOpenEnded(body, true)).toBe(true);
  expect(isOpenEnded({ ...body, outputConfig: { effort: "high" } }, true)).toBe(false);
  expect(isOpenEnded({ ...body, additionalModelRequestFields: { thinking: {} } }, true)).toBe(false);
});
