import type { SessionKey } from "@caprock/memory";
import { afterAll, beforeAll, expect, test } from "vitest";
import { historyBoundOf } from "./history-bound.ts";
import { runTurn } from "./run-turn.ts";
import { modelId as haiku, type OpenTurn, openTurn } from "./testing/open-turn.ts";
import { served } from "./testing/run-to-end.ts";
import { countTurn } from "./turn-count.ts";

let turn: OpenTurn;
beforeAll(async () => {
  turn = await openTurn();
});
afterAll(() => turn.close());

const session = { sessionId: "contract", actorId: "ann" };

async function say(key: SessionKey, turnId: string, text: string): Promise<void> {
  const claim = await turn.parts.sessions.claim(key, turnId, turn.clock.now() + 60_000);
  const messages = [
    { role: "user" as const, content: [{ text }] },
    { role: "assistant" as const, content: [{ text: "I see." }] },
  ];
  await turn.parts.sessions.append("refused" in claim ? expect.fail() : claim, messages, {
    counted: countTurn(messages),
  });
}

test("as much of a session is read as the largest window holds that the call may be asked in", () => {
  const tenant = turn.newTenant();
  const { limits } = tenant;
  const mostTokens = (modelId: string, policy = {}, overBudget = limits.overBudget) => {
    const caller = turn.request({ ...tenant, limits: { ...limits, overBudget } }).caller;
    const asked = { ...turn.request(tenant), caller, modelId, contextPolicy: policy };
    return historyBoundOf(asked, turn.parts).mostTokens;
  };
  const nova = "us.amazon.nova-micro-v1:0";
  expect(mostTokens(haiku)).toBe(400_000);
  expect(mostTokens(nova)).toBe(256_000);
  expect(mostTokens(nova, {}, { kind: "fall-back", modelId: haiku })).toBe(400_000);
  expect(mostTokens(haiku, { windowTokens: 60_000 })).toBe(120_000);
  expect(mostTokens(haiku, { windowTokens: 4_000 })).toBe(100_000);
  expect(mostTokens("no-such-model")).toBe(100_000);
});

test("of large turns a small window has few read, the newest; the others are told of, searched, and kept for a larger window", async () => {
  const tenant = turn.newTenant();
  const key = { tenantId: tenant.id, ...session };
  await say(key, `${tenant.id}.1`, "My order number is HK-48213.");
  for (let index = 2; index <= 4; index++) {
    await say(key, `${tenant.id}.${index}`, `clause ${index} of the contract `.repeat(6_000));
  }
  const ask = async (contextPolicy: object) => {
    const text = "What is my order number?";
    const { context } = served(
      await runTurn(turn.request(tenant, { text, session, contextPolicy }), turn.parts),
    );
    return { context, sent: JSON.stringify(turn.calls.at(-1)?.body) };
  };
  const small = await ask({ windowTokens: 8_000 });
  expect(small.context).toMatchObject({ earlierTurns: 2, unsearchedTurns: 0 });
  expect(small.sent).toContain("HK-48213");
  const wide = await ask({});
  expect(wide.context).toMatchObject({ earlierTurns: 0, droppedMessages: 0 });
  expect(wide.sent).toContain("clause 2 of");
});
