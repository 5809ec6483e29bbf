/** What the contract does not say: what is left at Bedrock, and how its limits are got around. */
import {
  DeleteSessionCommand,
  EndSessionCommand,
  ListSessionsCommand,
} from "@aws-sdk/client-bedrock-agent-runtime";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SessionKey } from "../long-term/session-turn.ts";
import {
  claimTurnOf,
  type OpenBedrockSessions,
  openBedrockSessions,
  saysText,
  textAtBedrock,
  textsOfSession,
} from "../testing/open-bedrock-sessions.ts";
import type { BedrockSessionStore } from "./session-store.ts";

const dayMs = 86_400_000;
const tenantId = "t000000000001";
const service = "bedrock-sessions";
let opened: OpenBedrockSessions;
beforeAll(async () => {
  opened = await openBedrockSessions();
});
afterEach(async () => {
  opened.awsLocal.clearFaults();
  await opened.store().deleteTenant(tenantId);
  expect(await opened.texts()).toEqual([]);
});
afterAll(() => opened?.close());

let names = 0;
const newName = () => `n${++names}`;
const newSession = (): SessionKey => ({ tenantId, actorId: "ann", sessionId: newName() });
const claimed = (store: BedrockSessionStore, session: SessionKey) =>
  claimTurnOf(store, session, newName(), opened.clock.now() + 60_000);

async function say(store: BedrockSessionStore, session: SessionKey, text: string): Promise<string> {
  const claim = await claimed(store, session);
  expect(await store.append(claim, saysText(text))).toMatchObject({ sequence: claim.sequence });
  return claim.turnId;
}

test("a turn that is deleted is nowhere at Bedrock any more, and the others of its session are", async () => {
  const store = opened.store();
  const session = newSession();
  const [, secret] = [
    await say(store, session, "one"),
    await say(store, session, "secret"),
    await say(store, session, "three"),
  ];
  expect(await store.deleteTurn(session, secret!)).toBe(true);
  expect((await opened.texts()).sort()).toEqual(["one", "three"].map(textAtBedrock));
  expect(await textsOfSession(store, session)).toEqual(["one", "three"]);
  expect(await say(store, session, "four")).toBeDefined();
  expect((await store.turnsAfter(session, 0, 9)).map(({ sequence }) => sequence)).toEqual([1, 3, 4]);
  expect(await opened.states()).toHaveLength(1);
});

test("a session goes on after an hour without a turn, in another Bedrock session, and is read as one", async () => {
  const store = opened.store();
  const session = newSession();
  await say(store, session, "one");
  opened.clock.advance(3_600_000);
  await say(store, session, "two");
  await say(store, session, "three");
  expect([...(await opened.states())].sort()).toEqual(["ACTIVE", "EXPIRED"]);
  expect(await textsOfSession(store, session)).toEqual(["one", "two", "three"]);
});

test.each(["ValidationException", "ConflictException", "ServiceQuotaExceededException"] as const)(
  "a Bedrock session that takes no more is gone on from, should AWS say so by %s",
  async (name) => {
    const store = opened.store();
    const session = newSession();
    await say(store, session, "one");
    opened.awsLocal.addFault({ service, kind: "error", operation: "PutInvocationStep", name });
    await say(store, session, "two");
    expect(await textsOfSession(store, session)).toEqual(["one", "two"]);
    expect(await opened.states()).toHaveLength(2);
  },
);

test("what Bedrock refuses in a new session too is told, and its session takes the next turn", async () => {
  const store = opened.store();
  const session = newSession();
  const claim = await claimed(store, session);
  opened.awsLocal.addFault({
    service,
    kind: "error",
    operation: "PutInvocationStep",
    name: "ValidationException",
    count: 2,
  });
  await expect(store.append(claim, saysText("refused"))).rejects.toMatchObject({
    problem: { code: "upstream_rejected" },
  });
  await store.release(claim);
  opened.awsLocal.clearFaults();
  await say(store, session, "next");
  expect(await textsOfSession(store, session)).toEqual(["next"]);
});

test("turns are kept for 29 days however long they should be, also the last ones of a Bedrock session", async () => {
  const store = opened.store();
  const session = newSession();
  await say(store, session, "0");
  for (let hour = 1; hour <= 24; hour++) {
    opened.clock.advance(3_599_999);
    await say(store, session, `${hour}`);
  }
  expect(await opened.states()).toHaveLength(1);
  opened.clock.advance(29 * dayMs - 1);
  expect(await textsOfSession(store, session)).toEqual(["24"]);
  opened.clock.advance(1);
  expect(await textsOfSession(store, session)).toEqual([]);
  expect(await store.find(session)).toBeUndefined();
});

test("a turn of more than a step can hold is kept in several, never cut within a character", async () => {
  const store = opened.store({ stepBytes: 10 });
  const session = newSession();
  await say(store, session, "é😀".repeat(20));
  expect((await opened.texts()).length).toBeGreaterThan(10);
  expect(await textsOfSession(store, session)).toEqual(["é😀".repeat(20)]);
});

test("calls whose answers are lost, or are throttled, are made again: one turn is kept, and forgotten whole", async () => {
  const store = opened.store();
  const session = newSession();
  for (const operation of ["CreateSession", "CreateInvocation", "PutInvocationStep"]) {
    opened.awsLocal.addFault({ service, kind: "lostAnswer", operation });
    opened.awsLocal.addFault({ service, kind: "throttle", operation });
  }
  const turnId = await say(store, session, "once");
  expect(await textsOfSession(store, session)).toEqual(["once"]);
  expect(await opened.texts()).toHaveLength(2);
  opened.awsLocal.addFault({ service, kind: "lostAnswer", operation: "DeleteSession" });
  await store.deleteTurn(session, turnId);
  expect(await opened.texts()).toEqual([]);
});

test("turns of a Bedrock session that somebody else has deleted cannot be read, until one is deleted", async () => {
  const store = opened.store();
  const session = newSession();
  const turnId = await say(store, session, "lost");
  const { sessionSummaries = [] } = await opened.bedrock.send(new ListSessionsCommand({}));
  for (const { sessionId: sessionIdentifier } of sessionSummaries) {
    await opened.bedrock.send(new EndSessionCommand({ sessionIdentifier }));
    await opened.bedrock.send(new DeleteSessionCommand({ sessionIdentifier }));
  }
  const unreadable = { problem: { code: "turn_unreadable" } };
  await expect(store.turnsAfter(session, 0, 9)).rejects.toMatchObject(unreadable);
  await expect(store.findTurn(tenantId, turnId)).rejects.toMatchObject(unreadable);
  expect(await store.deleteTurn(session, turnId)).toBe(true);
  await say(store, session, "next");
  expect(await textsOfSession(store, session)).toEqual(["next"]);
});

test("a failed deletion is told, is not counted as done, and is finished by the next", async () => {
  const store = opened.store();
  const session = newSession();
  await say(store, session, "secret");
  const fault = {
    service,
    kind: "error",
    operation: "DeleteSession",
    name: "AccessDeniedException",
  } as const;
  opened.awsLocal.addFault(fault);
  const scope = { kind: "session", actorId: "ann", sessionId: session.sessionId } as const;
  await expect(store.deleteSession(session)).rejects.toMatchObject({
    problem: { code: "upstream_rejected" },
  });
  expect(await store.find(session)).toBeUndefined();
  expect((await store.stored(tenantId, scope)).other).toBeGreaterThan(0);
  await store.deleteSession(session);
  expect(await opened.texts()).toEqual([]);
  expect(await store.stored(tenantId, scope)).toMatchObject({ sessions: 0, turns: 0, other: 0 });
});
