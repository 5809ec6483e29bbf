import { TokenCalibration } from "@caprock/context";
import { allModels, type BedrockRuntime, createCatalog } from "@caprock/inference";
import { afterAll, beforeAll, expect, test } from "vitest";
import { planCall } from "./plan-call.ts";
import { runTurn } from "./run-turn.ts";
import { type OpenTurn, openTurn } from "./testing/open-turn.ts";
import type { TurnParts } from "./turn-request.ts";

const windowTokens = 3_000;
let turn: OpenTurn;

beforeAll(async () => {
  turn = await openTurn();
});
afterAll(() => turn.close());

/** Claude with a small window, and a Bedrock that counts every prompt as so many tokens. */
function partsThatCount(count: () => Promise<number>): TurnParts & { counted: () => number } {
  let calls = 0;
  const bedrock: BedrockRuntime = Object.assign(Object.create(turn.parts.bedrock), {
    countTokens: () => {
      calls += 1;
      return count();
    },
  });
  const small = allModels.map((model) => ({ ...model, contextWindowTokens: windowTokens }));
  const parts = {
    ...turn.parts,
    bedrock,
    catalog: createCatalog(small),
    calibration: new TokenCalibration(),
  };
  return { ...parts, counted: () => calls };
}

async function plan(parts: TurnParts, exchanges: number) {
  const messages = Array.from({ length: exchanges * 2 + 1 }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: [{ text: "We would like to know when our money is sent back. ".repeat(4) }],
  }));
  const request = turn.request(turn.newTenant(), { body: { messages } });
  const route = parts.catalog.route(request.modelId, parts.region);
  if ("refused" in route) {
    throw new Error(route.refused.message);
  }
  const call = await planCall(request, route, { streamed: false }, parts);
  if ("refused" in call) {
    throw new Error(call.refused.message);
  }
  return call;
}

/** Of the chats that fit whole, the longest: its estimate is near the window. */
async function nearlyFull(): Promise<number> {
  const parts = partsThatCount(async () => 1);
  let exchanges = 1;
  while ((await plan(parts, exchanges + 1)).context?.droppedMessages === 0) {
    exchanges += 1;
  }
  return exchanges;
}

test("a prompt that the model counts above its window is fitted again by that count", async () => {
  const parts = partsThatCount(async () => 3_400);
  const call = await plan(parts, await nearlyFull());
  expect(parts.counted()).toBe(1);
  expect(call.context?.droppedMessages).toBeGreaterThan(0);
  expect(parts.calibration.correctionOf("anthropic.claude-haiku-4-5-20251001-v1:0")).toBeGreaterThan(1.3);
});

test.each([
  ["counts within its window", async () => 2_400],
  ["cannot count", () => Promise.reject(new Error("busy"))],
])("a prompt near the window stays as it is when the model %s", async (_, count) => {
  const parts = partsThatCount(count);
  const call = await plan(parts, await nearlyFull());
  expect(parts.counted()).toBe(1);
  expect(call.context?.droppedMessages).toBe(0);
});

test("a prompt that is far from the window is not counted", async () => {
  const parts = partsThatCount(async () => 3_400);
  await plan(parts, 3);
  expect(parts.counted()).toBe(0);
});

test("what a call reported corrects the estimate of the next", async () => {
  const parts = { ...turn.parts, calibration: new TokenCalibration() };
  const text = "Every party may end this contract at the end of a month. ".repeat(60);
  const ask = () => turn.request(turn.newTenant(), { text });
  const off: number[] = [];
  for (let call = 0; call < 2; call++) {
    const request = ask();
    const answer = await runTurn(request, parts);
    const [served] = turn.awsLocal.witness({ requestId: request.requestId }).invocations;
    const estimated = "context" in answer ? (answer.context?.promptTokens ?? 0) : 0;
    off.push(Math.abs(estimated / (served?.usage.input ?? 1) - 1));
  }
  expect(off[0]).toBeGreaterThan(0.03);
  expect(off[1]).toBeLessThan(0.02);
});
