import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { AnswerMessage } from "./answer-message.ts";
import { keptMessages } from "./kept-messages.ts";
import { runTurn, runTurnStream } from "./run-turn.ts";
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

test("a whole answer that its session could not keep is given, and names no turn", async () => {
  const tenant = turn.newTenant();
  // Too large for the table, with S3 down for longer than the SDK tries.
  turn.awsLocal.addFault({ service: "s3", kind: "unavailable", operation: "PutObject", count: 10 });
  const lost = turn.request(tenant, { text: "word ".repeat(100_000), session });
  const { answer, session: told } = served(await runTurn(lost, turn.parts));
  turn.awsLocal.clearFaults();
  expect(answer).toHaveProperty("output");
  expect(told).toEqual({ sessionId: "chat-1", turnId: undefined });
  const next = turn.request(tenant, { text: "Two", session });
  expect(served(await runTurn(next, turn.parts)).session?.turnId).toBe(next.requestId);
  expect(askedOf(-1).messages).toHaveLength(1);
});

test("a history whose bodies S3 is slow to give is read in order, and one that it does not give refuses the turn, at no cost, until it does", async () => {
  const tenant = turn.newTenant();
  const key = { tenantId: tenant.id, ...session };
  // Larger than an item, and few tokens.
  const image = { format: "png", source: { bytes: Buffer.alloc(350_000, 7).toString("base64") } };
  for (const text of ["first", "second", "third"]) {
    const claim = await turn.parts.sessions.claim(key, `${tenant.id}.${text}`, turn.clock.now() + 60_000);
    const messages = [
      { role: "user" as const, content: [{ text }, { image }] },
      { role: "assistant" as const, content: [{ text: "I see." }] },
    ];
    await turn.parts.sessions.append("refused" in claim ? expect.fail() : claim, messages);
  }
  const getObject = { service: "s3", operation: "GetObject" } as const;
  turn.awsLocal.addFault({ ...getObject, kind: "unavailable", count: 10 });
  const calls = turn.calls.length;
  const failing = turn.request(tenant, { text: "Which came first?", session });
  await expect(runTurn(failing, turn.parts)).rejects.toThrow();
  expect(turn.calls).toHaveLength(calls);
  expect(await turn.ledger.find(tenant.id, failing.requestId)).toBeUndefined();
  turn.awsLocal.clearFaults();
  turn.awsLocal.addFault({ ...getObject, kind: "delay", delayMs: 50, count: 1 });
  served(await runTurn(turn.request(tenant, { text: "Which came first?", session }), turn.parts));
  turn.awsLocal.clearFaults();
  const words = askedOf(-1).messages.map(({ content }) => JSON.stringify(content).slice(10, 15));
  expect(words).toEqual(["first", "I see", "secon", "I see", "third", "I see", "Which"]);
});

test("a claim is renewed while its history is read, however long that takes, and no more once the turn has come to nothing", async () => {
  const tenant = turn.newTenant();
  let isRenewed = false;
  const repeat = () => {
    isRenewed = true;
    return () => {
      isRenewed = false;
    };
  };
  const sessions = new Proxy(turn.parts.sessions, {
    get: (real, name: keyof typeof turn.parts.sessions) =>
      name === "historyBefore"
        ? async () => {
            expect(isRenewed).toBe(true);
            throw new Error("slow, and then broken");
          }
        : real[name].bind(real),
  });
  const asked = turn.request(tenant, { session });
  await expect(runTurn(asked, { ...turn.parts, sessions, repeat })).rejects.toThrow("slow, and then broken");
  expect(isRenewed).toBe(false);
  served(await runTurn(turn.request(tenant, { session }), turn.parts));
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

test("a stream's turn is kept before its end is heard, so that whoever leaves then or asks at once loses nothing", async () => {
  const tenant = turn.newTenant();
  const key = { tenantId: tenant.id, ...session };
  const request = turn.request(tenant, { text: "One", session });
  for await (const batch of served(await runTurnStream(request, turn.parts)).frames) {
    if (batch.some(({ type }) => type === "metadata")) {
      expect(await turn.parts.sessions.find(key)).toMatchObject({ lastSequence: 1 });
      served(await runTurn(turn.request(tenant, { text: "Two", session }), turn.parts));
      break;
    }
  }
  expect(await turn.parts.sessions.turnsAfter(key, 0, 9)).toMatchObject([
    { turnId: request.requestId },
    { sequence: 2 },
  ]);
});

test("a stream that its reader leaves, or that is cut, leaves nothing, and the next turn may go on at once", async () => {
  const tenant = turn.newTenant();
  turn.awsLocal.addFault({ service: "bedrock", kind: "cut", afterEvents: 4, tenant: tenant.id });
  const cut = runToEnd("stream", turn.request(tenant, { text: "One", session }), turn.parts);
  await expect(cut).rejects.toMatchObject({ problem: { code: "upstream_unavailable" } });
  const left = new AbortController();
  const request = turn.request(tenant, { text: "Two", session, signal: left.signal });
  turn.awsLocal.addFault({ service: "bedrock", kind: "delay", delayMs: 5_000, tenant: tenant.id });
  const calls = turn.calls.length;
  const leaving = runToEnd("stream", request, turn.parts);
  await vi.waitFor(() => expect(turn.calls).toHaveLength(calls + 1));
  left.abort();
  await expect(leaving).rejects.toThrow();
  await turn.parts.running.idle();
  turn.awsLocal.clearFaults();
  const next = turn.request(tenant, { text: "Three", session });
  served(await runTurn(next, turn.parts));
  expect(await turn.parts.sessions.turnsAfter({ tenantId: tenant.id, ...session }, 0, 9)).toMatchObject([
    { turnId: next.requestId, sequence: 1 },
  ]);
});

test("who signed in is the actor, and can be no other", async () => {
  const tenant = turn.newTenant();
  const asked = turn.request(tenant, { session: { sessionId: "mail" } });
  const caller = { ...asked.caller, user: "ann@example.com" };
  served(await runTurn({ ...asked, caller }, turn.parts));
  const key = { tenantId: tenant.id, actorId: "ann@example.com", sessionId: "mail" };
  expect(await turn.parts.sessions.find(key)).toMatchObject({ lastSequence: 1 });
  const other = turn.request(tenant, { session: { sessionId: "mail", actorId: "bob" } });
  expect(await runTurn({ ...other, caller }, turn.parts)).toMatchObject({ refused: { param: "actor" } });
});

test("cache points, and reasoning that no tool call waits on, are not kept", () => {
  const said = [
    { role: "user" as const, content: [{ text: "One" }, { cachePoint: { type: "default" } }] },
    { role: "user" as const, content: [{ cachePoint: { type: "default" } }] },
  ];
  const thought = { reasoningContent: { reasoningText: { text: "Hm", signature: "s" } } };
  const call = { toolUse: { toolUseId: "t", name: "weather", input: {} } };
  const keptOf = (content: object[]) =>
    keptMessages(said, { role: "assistant", content: content.map((block) => ({ ...block })) });
  expect(keptOf([thought, { text: "Two" }])).toEqual([
    { role: "user", content: [{ text: "One" }] },
    { role: "assistant", content: [{ text: "Two" }] },
  ]);
  expect(keptOf([thought, call])[1]?.content).toEqual([thought, call]);
});

test("a tool call that the answer's limit has cut, and a block of no known kind, are left out of what is kept", () => {
  const answer = new AnswerMessage();
  const tool = (index: number, input: string) => [
    {
      type: "contentBlockStart",
      event: { contentBlockIndex: index, start: { toolUse: { toolUseId: `t${index}`, name: "weather" } } },
    },
    { type: "contentBlockDelta", event: { contentBlockIndex: index, delta: { toolUse: { input } } } },
  ];
  answer.hear([...tool(0, '{"city":"Rome"}'), ...tool(1, '{"city":"Pa')] as never);
  answer.hear([
    { type: "contentBlockDelta", event: { contentBlockIndex: 2, delta: { image: { source: {} } } } },
  ]);
  expect(answer.message.content).toEqual([
    { toolUse: { toolUseId: "t0", name: "weather", input: { city: "Rome" } } },
  ]);
});
