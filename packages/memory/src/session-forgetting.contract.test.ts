import type { BedrockAgentRuntimeClient } from "@aws-sdk/client-bedrock-agent-runtime";
import type { S3Client } from "@aws-sdk/client-s3";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createBedrockSessionsClient, createDocumentClient, localCredentials } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BedrockSessionStore } from "./bedrock-sessions/session-store.ts";
import { DynamoSessionStore } from "./dynamodb/session-store.ts";
import type { ForgetScope } from "./long-term/forget.ts";
import type { SessionKey } from "./long-term/session-turn.ts";
import type { S3TurnBodies } from "./s3/turn-bodies.ts";
import { exportActor } from "./sessions/export-actor.ts";
import { forgetMemory } from "./sessions/forget-memory.ts";
import { forkSession } from "./sessions/fork-session.ts";
import type { SessionStore } from "./sessions/session-store.ts";
import { bedrockSessionsTable, sessionsTable } from "./tables.ts";
import { InMemoryLongTermMemory } from "./testing/in-memory-long-term-memory.ts";
import { localTurnBodies } from "./testing/local-turn-bodies.ts";
import { MapMarks } from "./testing/map-marks.ts";
import { MapSessionStore } from "./testing/map-session-store.ts";
import { MapVectorStore } from "./testing/map-vector-store.ts";

const clock = new ManualClock(1_000_000);
const keptForMs = 86_400_000;
const vectors = new MapVectorStore(clock, keptForMs);
let awsLocal: AwsLocal;
let client: ReturnType<typeof createDocumentClient>;
let bodies: S3TurnBodies;
let s3: S3Client;
let bedrock: BedrockAgentRuntimeClient;
beforeAll(async () => {
  awsLocal = await startAwsLocal({ nowMs: () => clock.now() });
  const access = { region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials };
  client = createDocumentClient(access);
  bedrock = createBedrockSessionsClient(access);
  await createTables(client, "test", [sessionsTable, bedrockSessionsTable]);
  ({ s3, bodies } = await localTurnBodies(awsLocal.url));
});
afterAll(async () => {
  client.destroy();
  bedrock.destroy();
  s3.destroy();
  await awsLocal.close();
});

const adapters: readonly (readonly [string, () => SessionStore])[] = [
  ["in a Map", () => new MapSessionStore(clock, keptForMs)],
  ["DynamoDB", () => new DynamoSessionStore({ client, tablePrefix: "test", clock, keptForMs, bodies })],
  ["Bedrock", () => new BedrockSessionStore({ bedrock, client, tablePrefix: "test", clock, keptForMs })],
];
let names = 0;
const newName = () => `n${++names}`;
const newTenant = () => `t${String(++names).padStart(12, "0")}`;
const says = (text: string) => [
  { role: "user" as const, content: [{ text }] },
  { role: "assistant" as const, content: [{ text: `re ${text}` }] },
];
const nothing = { sessions: 0, turns: 0, summaries: 0, bodies: 0, other: 0 };

async function say(sessions: SessionStore, session: SessionKey, text: string): Promise<string> {
  const claim = await sessions.claim(session, newName(), clock.now() + 60_000);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  expect(await sessions.append(claim, says(text))).not.toHaveProperty("refused");
  return claim.turnId;
}

const textsOf = async (sessions: SessionStore, session: SessionKey) =>
  (await sessions.turnsAfter(session, 0, 99)).map(({ messages }) => messages[0]?.content[0]?.text);

describe.each(adapters)("%s", (_, adapter) => {
  test("sessions are listed by pages, once each, of one actor or of all, and none of another tenant", async () => {
    const name = fc.string({ minLength: 1, maxLength: 3 });
    const keys = fc.uniqueArray(
      fc.record({ actorId: fc.oneof(name, fc.constantFrom("a", "a-", "a/")), sessionId: name }),
      { minLength: 1, maxLength: 6, selector: (key) => JSON.stringify(key) },
    );
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 3 }), async (all, limit) => {
        const sessions = adapter();
        const [tenantId, other] = [newTenant(), newTenant()];
        for (const key of all) {
          await sessions.create({ tenantId, ...key }, newName());
        }
        await sessions.create({ tenantId: other, ...all[0]! }, newName());
        for (const actorId of [undefined, all[0]!.actorId]) {
          const listed = [];
          let page = await sessions.listSessions(tenantId, { actorId, after: undefined, limit });
          while (page.length > 0) {
            listed.push(...page);
            page = await sessions.listSessions(tenantId, { actorId, after: page.at(-1), limit });
          }
          const idOf = (key: { actorId: string; sessionId: string }) =>
            JSON.stringify([key.actorId, key.sessionId]);
          const wanted = all.filter((key) => actorId === undefined || key.actorId === actorId);
          expect(listed.map(idOf).sort()).toEqual(wanted.map(idOf).sort());
          expect(new Set(listed.map(({ tenantId: owner }) => owner))).toEqual(new Set([tenantId]));
        }
      }),
      { numRuns: 15 },
    );
  });

  test("a fork has the turns up to the one that it was made at, and lives apart from what it was made of", async () => {
    const sessions = adapter();
    const source = { tenantId: newTenant(), actorId: "ann", sessionId: "chat" };
    for (const text of ["one", "two", "three"]) {
      await say(sessions, source, text);
    }
    const fork = await forkSession(source, newName(), 2, { sessions, vectors, clock });
    if ("refused" in fork) {
      throw new Error(fork.refused.message);
    }
    expect(fork).toMatchObject({ actorId: "ann", lastSequence: 2 });
    await say(sessions, fork, "other three");
    expect(await textsOf(sessions, fork)).toEqual(["one", "two", "other three"]);
    expect(await textsOf(sessions, source)).toEqual(["one", "two", "three"]);
    await sessions.deleteSession(source);
    expect(await textsOf(sessions, fork)).toEqual(["one", "two", "other three"]);
    expect(await forkSession(source, newName(), 2, { sessions, vectors, clock })).toMatchObject({
      refused: { code: "not_found" },
    });
  });

  test.each([
    ["stays away", false],
    ["comes back under its name", true],
  ])(
    "no part of a session that is deleted while it is forked is taken for its fork, when it %s",
    async (_case, comesBack) => {
      const sessions = adapter();
      const source = { tenantId: newTenant(), actorId: "ann", sessionId: "chat" };
      const texts = Array.from({ length: 21 }, (_unused, index) => `turn ${index}`);
      for (const text of texts) {
        await say(sessions, source, text);
      }
      const deletedAtSecondPage = new Proxy(sessions, {
        get: (store, name) =>
          name === "turnsAfter"
            ? async (...asked: Parameters<SessionStore["turnsAfter"]>) => {
                if (asked[1] > 0) {
                  await store.deleteSession(source);
                  await (comesBack ? say(store, source, "anew") : undefined);
                }
                return store.turnsAfter(...asked);
              }
            : Reflect.get(store, name).bind(store),
      });
      const forkId = newName();
      expect(
        await forkSession(source, forkId, undefined, { sessions: deletedAtSecondPage, vectors, clock }),
      ).toMatchObject({ refused: { code: "not_found" } });
      const scope = { kind: "session", actorId: "ann", sessionId: forkId } as const;
      expect(await sessions.stored(source.tenantId, scope)).toEqual(nothing);
    },
  );

  test("forgetting removes a scope everywhere and nothing else, and its proof counts what was and what is left", async () => {
    const sessions = adapter();
    const [tenantId, other] = [newTenant(), newTenant()];
    const memory = new InMemoryLongTermMemory();
    const parts = {
      sessions,
      vectors,
      longTerm: { memory, marks: new MapMarks() },
    };
    const chat = { tenantId, actorId: "ann", sessionId: "chat" };
    const second = { tenantId, actorId: "ann", sessionId: "chat2" };
    const bob = { tenantId, actorId: "bob", sessionId: "chat" };
    const foreign = { tenantId: other, actorId: "ann", sessionId: "chat" };
    const turnId = await say(sessions, chat, "é".repeat(300_000));
    for (const key of [chat, second, bob, foreign]) {
      await say(sessions, key, "hello");
      const event = { token: newName(), atMs: 1, firstSequence: 1, lastSequence: 1 };
      await memory.ingest(key.tenantId, key.actorId, {
        ...event,
        sessionId: key.sessionId,
        parts: [{ role: "user", text: "I like tea." }],
      });
    }
    const steps: readonly (readonly [ForgetScope, number, number])[] = [
      [{ kind: "turn", actorId: "ann", sessionId: "chat", turnId }, 0, 1],
      [{ kind: "session", actorId: "ann", sessionId: "chat" }, 1, 1],
      [{ kind: "actor", actorId: "ann" }, 1, 1],
      [{ kind: "tenant" }, 1, 1],
    ];
    for (const [scope, foundSessions, foundTurns] of steps) {
      const proof = await forgetMemory(tenantId, scope, parts);
      expect(proof).toMatchObject({
        sessions: { found: { sessions: foundSessions, turns: foundTurns }, left: nothing },
        isComplete: true,
      });
      expect(proof.longTerm).toMatchObject({ eventsRemoved: scope.kind === "turn" ? 0 : 1 });
      const again = await forgetMemory(tenantId, scope, parts);
      expect(again.sessions.found).toEqual(nothing);
      const bobHas = scope.kind === "tenant" ? [] : ["hello"];
      expect(await textsOf(sessions, bob)).toEqual(bobHas);
    }
    expect(await textsOf(sessions, foreign)).toEqual(["hello"]);
    expect(memory.kept).toHaveLength(1);
  });

  test("an export has everything of one actor and nothing of another", async () => {
    const sessions = adapter();
    const tenantId = newTenant();
    await say(sessions, { tenantId, actorId: "ann", sessionId: "a" }, "one");
    await say(sessions, { tenantId, actorId: "ann", sessionId: "b" }, "two");
    await say(sessions, { tenantId, actorId: "bob", sessionId: "a" }, "three");
    const kinds = [];
    const texts = [];
    for await (const item of exportActor(tenantId, "ann", { sessions, longTerm: undefined })) {
      kinds.push(item.kind);
      texts.push(...(item.kind === "turn" ? [item.turn.messages[0]?.content[0]?.text] : []));
    }
    expect(kinds).toEqual(["session", "turn", "session", "turn"]);
    expect(texts).toEqual(["one", "two"]);
  });
});

test.each([
  ["what was said in a long turn", "é".repeat(300_000), 1],
  ["where a turn's id leads", "short", 1],
])(
  "%s that a writer has left that died are forgotten with their actor, and what it brings later is not kept",
  async (_, text, before) => {
    const sessions = new DynamoSessionStore({ client, tablePrefix: "test", clock, keptForMs, bodies });
    const session = { tenantId: newTenant(), actorId: "ann", sessionId: "chat" };
    const claim = await sessions.claim(session, newName(), clock.now() + 60_000);
    if ("refused" in claim) {
      throw new Error(claim.refused.message);
    }
    let calls = 0;
    const dying = new Proxy(client, {
      get: (target, name) =>
        name === "send"
          ? (...sent: Parameters<typeof client.send>) =>
              ++calls > before ? Promise.reject(new Error("killed")) : target.send(...sent)
          : Reflect.get(target, name),
    });
    const dead = new DynamoSessionStore({ client: dying, tablePrefix: "test", clock, keptForMs, bodies });
    await expect(dead.append(claim, says(text))).rejects.toThrow("killed");
    const scope = { kind: "actor", actorId: "ann" } as const;
    const proof = await forgetMemory(session.tenantId, scope, { sessions, vectors, longTerm: undefined });
    expect(proof).toMatchObject({ isComplete: true, sessions: { found: { sessions: 1, turns: 0 } } });
    expect(proof.sessions.found.other).toBeGreaterThan(0);
    expect(await sessions.stored(session.tenantId, { kind: "tenant" })).toEqual(nothing);
    expect(await sessions.append(claim, says("late"))).toMatchObject({
      refused: { code: "session_conflict" },
    });
    expect(await sessions.stored(session.tenantId, { kind: "tenant" })).toEqual(nothing);
  },
);
