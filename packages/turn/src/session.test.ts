import { afterAll, beforeAll, expect, test } from "vitest";
import { runTurn } from "./run-turn.ts";
import { type OpenTurn, openTurn } from "./testing/open-turn.ts";
import { runToEnd, served } from "./testing/run-to-end.ts";

let turn: OpenTurn;
beforeAll(async () => {
  turn = await openTurn();
});
afterAll(() => turn.close());

const session = { sessionId: "chat-1", actorId: "ann" };
const askedOf = (index: number) =>
  turn.calls.at(index)?.body as { messages: { role: string; content: object[] }[] };

test("what was said in a session goes in front of the next request, whole answers and streams alike", async () => {
  const tenant = turn.newTenant();
  const first = turn.request(tenant, { text: "I am Ann", session });
  const { answer, session: told } = served(await runTurn(first, turn.parts));
  expect(told).toEqual({ sessionId: "chat-1", turnId: first.requestId });
  await runToEnd("stream", turn.request(tenant, { text: "Two", session }), turn.parts);
  await runToEnd("whole", turn.request(tenant, { text: "Three", session }), turn.parts);
  const { messages } = askedOf(-1);
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant", "user"]);
  expect(messages[0]?.content).toEqual([{ text: "I am Ann" }]);
  expect(messages[1]).toEqual((answer.output as { message: object }).message);
  await runTurn(turn.request(tenant, { text: "Hi", session: { ...session, actorId: "bob" } }), turn.parts);
  await runTurn(turn.request(turn.newTenant(), { text: "Hi", session }), turn.parts);
  expect([askedOf(-2).messages, askedOf(-1).messages].map(({ length }) => length)).toEqual([1, 1]);
});

test("while a turn is under way a second one is refused before it costs anything", async () => {
  const tenant = turn.newTenant();
  const key = { tenantId: tenant.id, actorId: "ann", sessionId: "chat-1" };
  await turn.parts.sessions.claim(key, "other", turn.clock.now() + 1_000);
  const calls = turn.calls.length;
  const request = turn.request(tenant, { session });
  expect(await runTurn(request, turn.parts)).toMatchObject({ refused: { code: "session_conflict" } });
  expect(turn.calls).toHaveLength(calls);
  expect(await turn.ledger.find(tenant.id, request.requestId)).toBeUndefined();
});

test("a turn that is refused or fails leaves nothing in its session, and the next may go on", async () => {
  const poor = turn.newTenant({ monthlyCapNanoUsd: 1n });
  expect(await runTurn(turn.request(poor, { session }), turn.parts)).toHaveProperty("refused");
  const key = { tenantId: poor.id, actorId: "ann", sessionId: "chat-1" };
  expect(await turn.parts.sessions.turnsAfter(key, 0, 9)).toEqual([]);
  expect(await turn.parts.sessions.claim(key, "next", turn.clock.now() + 1_000)).toMatchObject({
    sequence: 1,
  });
  const odd = turn.request(poor, { session: { sessionId: "a/b" } });
  expect(await runTurn(odd, turn.parts)).toMatchObject({ refused: { param: "session" } });
});

test("a turn that continues another than the newest is refused, and the session may go on", async () => {
  const tenant = turn.newTenant();
  const first = turn.request(tenant, { text: "One", session });
  await runTurn(first, turn.parts);
  const second = turn.request(tenant, { text: "Two", session: { ...session, afterTurnId: first.requestId } });
  served(await runTurn(second, turn.parts));
  const late = turn.request(tenant, { text: "Two", session: { ...session, afterTurnId: first.requestId } });
  expect(await runTurn(late, turn.parts)).toMatchObject({ refused: { code: "session_conflict" } });
  served(await runTurn(turn.request(tenant, { text: "Three", session }), turn.parts));
});
