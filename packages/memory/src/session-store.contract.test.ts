import type { BedrockAgentRuntimeClient } from "@aws-sdk/client-bedrock-agent-runtime";
import type { S3Client } from "@aws-sdk/client-s3";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createBedrockSessionsClient, createDocumentClient, localCredentials } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BedrockSessionStore } from "./bedrock-sessions/session-store.ts";
import { DynamoSessionStore } from "./dynamodb/session-store.ts";
import type { SessionKey } from "./long-term/session-turn.ts";
import type { S3TurnBodies } from "./s3/turn-bodies.ts";
import type { SessionStore, TurnClaim } from "./sessions/session-store.ts";
import { bedrockSessionsTable, sessionsTable } from "./tables.ts";
import { localTurnBodies } from "./testing/local-turn-bodies.ts";
import { MapSessionStore } from "./testing/map-session-store.ts";

const clock = new ManualClock(1_000_000);
const keptForMs = 86_400_000;
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

/** One Map is one store; instances on DynamoDB stand for processes that share one. */
const inMap = new MapSessionStore(clock, keptForMs);
const onDynamoDb = () => new DynamoSessionStore({ client, tablePrefix: "test", clock, keptForMs, bodies });
const adapters: readonly (readonly [string, () => SessionStore])[] = [
  ["in a Map", () => inMap],
  ["DynamoDB", onDynamoDb],
  ["Bedrock", () => new BedrockSessionStore({ bedrock, client, tablePrefix: "test", clock, keptForMs })],
];

/** How many interleavings of writers are tried: where each takes milliseconds of a database, as many as a suite has time for. */
const interleavings: Readonly<Record<string, number>> = { "in a Map": 10_000, DynamoDB: 20, Bedrock: 10 };
let names = 0;
const newName = () => `n${++names}`;
const newSession = (): SessionKey => ({
  tenantId: "t000000000001",
  actorId: newName(),
  sessionId: newName(),
});
const says = (text: string) => [
  { role: "user" as const, content: [{ text }] },
  { role: "assistant" as const, content: [{ text: `re ${text}` }] },
];
const conflict = { refused: { code: "session_conflict" } };
const untilMs = () => clock.now() + 60_000;

async function claimed(store: SessionStore, session: SessionKey, turnId = newName()): Promise<TurnClaim> {
  const claim = await store.claim(session, turnId, untilMs());
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  return claim;
}

async function say(store: SessionStore, session: SessionKey, text: string): Promise<string> {
  const claim = await claimed(store, session);
  expect(await store.append(claim, says(text))).toMatchObject({ sequence: claim.sequence });
  return claim.turnId;
}

describe.each(adapters)("%s", (name, adapter) => {
  test("turns are read back as they were said, in pages both ways, and found by their id in their tenant alone", async () => {
    const store = adapter();
    const session = newSession();
    const ids = [];
    for (const text of ["one", "two", "three"]) {
      ids.push(await say(store, session, text));
    }
    const sequences = (turns: readonly { sequence: number }[]) => turns.map(({ sequence }) => sequence);
    expect((await store.turnsAfter(session, 0, 1))[0]?.messages).toEqual(says("one"));
    expect(sequences(await store.turnsAfter(session, 1, 10))).toEqual([2, 3]);
    expect(sequences(await store.turnsBefore(session, 4, 2))).toEqual([3, 2]);
    expect(sequences(await store.turnsBefore(session, 1, 2))).toEqual([]);
    expect(await store.findTurn(session.tenantId, ids[1]!)).toMatchObject({ ...session, sequence: 2 });
    expect(await store.findTurn("t000000000002", ids[1]!)).toBeUndefined();
    const longerThanAny = "x".repeat(5_000);
    expect(await store.findTurn(session.tenantId, longerThanAny)).toBeUndefined();
    expect(await store.deleteTurn(session, longerThanAny)).toBe(false);
    expect(await store.find(session)).toMatchObject({ lastSequence: 3 });
    expect(sequences(await store.newestTurns(session.tenantId, session.actorId, 2))).toEqual([3, 2]);
  });

  test("what would not read back as it was said is refused with its place, and nothing of it is kept", async () => {
    const store = adapter();
    const session = newSession();
    const claim = await claimed(store, session);
    const block = (value: unknown) => [{ role: "user", content: [value] }];
    const wrong: readonly [string, unknown][] = [
      [
        "messages[0].content[0].image.source.bytes",
        block({ image: { source: { bytes: Uint8Array.of(1) } } }),
      ],
      ["messages[0].content[0].json.a[0]", block({ json: { a: [10n] } })],
      ["messages[0].content[0].json", block({ json: Number.NaN })],
      ["messages[0].content", [{ role: "user", content: "Hello" }]],
      ["messages[0].role", [{ role: "system", content: [] }]],
      ["messages", undefined],
    ];
    for (const [param, messages] of wrong) {
      const appended = store.append(claim, messages as ReturnType<typeof says>);
      await expect(appended).rejects.toMatchObject({ problem: { code: "invalid_request", param } });
    }
    expect(await store.turnsAfter(session, 0, 9)).toEqual([]);
    const odd = [
      { role: "user" as const, content: [{ text: "a\ud800b", json: { at: new Date(0), no: undefined } }] },
    ];
    expect(await store.append(claim, odd)).toMatchObject({ sequence: 1 });
    const kept = [{ role: "user", content: [{ text: "a\ud800b", json: { at: new Date(0).toJSON() } }] }];
    expect((await store.turnsAfter(session, 0, 9))[0]?.messages).toEqual(kept);
  });

  test("a turn that is to stay in its session says so whenever it is read", async () => {
    const store = adapter();
    const session = newSession();
    const claim = await claimed(store, session);
    await store.append(claim, says("off"), { sessionOnly: true });
    await say(store, session, "on");
    const kept = (await store.turnsAfter(session, 0, 2)).map(({ sessionOnly }) => sessionOnly);
    expect(kept).toEqual([true, false]);
    expect(await store.findTurn(session.tenantId, claim.turnId)).toMatchObject({ sessionOnly: true });
  });

  test("the newest turns of an actor are found across its sessions, in whichever it spoke last", async () => {
    const store = adapter();
    const [first, other] = [newSession(), newSession()];
    const sessions = [first, { ...first, sessionId: other.sessionId }];
    for (const index of [0, 1, 1, 0, 0, 1]) {
      clock.advance(1);
      await say(store, sessions[index]!, "hello");
    }
    await say(store, other, "another actor's");
    const newest = await store.newestTurns(first.tenantId, first.actorId, 4);
    expect(newest.map(({ sessionId, sequence }) => [sessionId === first.sessionId, sequence])).toEqual([
      [false, 3],
      [true, 3],
      [true, 2],
      [false, 2],
    ]);
  });

  test("while a turn is under way another is refused; when its claim has ended the next may go on", async () => {
    const store = adapter();
    const session = newSession();
    const first = await claimed(store, session);
    expect(await store.claim(session, newName(), untilMs())).toMatchObject(conflict);
    await store.release(first);
    const second = await claimed(store, session);
    clock.advance(60_000);
    const third = await claimed(store, session);
    expect(await store.append(third, says("third"))).toMatchObject({ sequence: 1 });
    expect(await store.append(second, says("second"))).toMatchObject(conflict);
    expect((await store.turnsAfter(session, 0, 9)).map(({ turnId }) => turnId)).toEqual([third.turnId]);
    expect(await store.findTurn(session.tenantId, second.turnId)).toBeUndefined();
  });

  test("a claim that is renewed stands for longer, and one that has gone to another is not taken back", async () => {
    const store = adapter();
    const session = newSession();
    const first = await claimed(store, session);
    await store.renew(first, clock.now() + 120_000);
    clock.advance(60_000);
    expect(await store.claim(session, newName(), untilMs())).toMatchObject(conflict);
    clock.advance(60_000);
    const second = await claimed(store, session);
    await store.renew(first, clock.now() + 120_000);
    expect(await store.append(second, says("second"))).toMatchObject({ sequence: 1 });
    expect(await store.append(first, says("first"))).toMatchObject(conflict);
  });

  test("a session is made once, and one that was there for a claim alone goes with it", async () => {
    const store = adapter();
    const [made, claimedOnly] = [newSession(), newSession()];
    expect(await store.create(made, newName())).toBe(true);
    expect(await store.create(made, newName())).toBe(false);
    for (const session of [made, claimedOnly]) {
      await store.release(await claimed(store, session));
    }
    expect(await store.find(made)).toMatchObject({ lastSequence: 0 });
    expect(await store.find(claimedOnly)).toBeUndefined();
    await say(store, claimedOnly, "one");
    await store.release(await claimed(store, claimedOnly));
    expect(await store.find(claimedOnly)).toMatchObject({ lastSequence: 1 });
  });

  test("appending the same turn again changes nothing, and a turn id is used once", async () => {
    const store = adapter();
    const session = newSession();
    const claim = await claimed(store, session);
    const turn = await store.append(claim, says("once"));
    expect(await store.append(claim, says("once"))).toEqual(turn);
    expect(await store.claim(session, claim.turnId, untilMs())).toMatchObject(conflict);
    await say(store, session, "next");
    expect(await store.append(claim, says("once"))).toEqual(turn);
    expect(await store.turnsAfter(session, 0, 9)).toHaveLength(2);
  });

  test("a turn of more than an item can hold is kept whole, and goes whole", async () => {
    const store = adapter();
    const session = newSession();
    const text = "é".repeat(400_000);
    const turnId = await say(store, session, text);
    expect((await store.turnsAfter(session, 0, 1))[0]?.messages).toEqual(says(text));
    expect(await store.deleteTurn(session, turnId)).toBe(true);
    expect(await store.turnsAfter(session, 0, 1)).toEqual([]);
  });

  test("a deleted turn is gone, its number is not given again, and it does not come back", async () => {
    const store = adapter();
    const session = newSession();
    const claim = await claimed(store, session);
    await store.append(claim, says("secret"));
    expect(await store.deleteTurn({ ...session, actorId: newName() }, claim.turnId)).toBe(false);
    expect(await store.deleteTurn(session, claim.turnId)).toBe(true);
    expect(await store.deleteTurn(session, claim.turnId)).toBe(false);
    expect(await store.append(claim, says("secret"))).toMatchObject(conflict);
    expect(await store.findTurn(session.tenantId, claim.turnId)).toBeUndefined();
    expect(await claimed(store, session)).toMatchObject({ sequence: 2 });
  });

  test("whoever claims a turn is told how many were deleted before, in this session and no other of its name", async () => {
    const store = adapter();
    const session = newSession();
    const first = await say(store, session, "one");
    const second = await say(store, session, "two");
    const before = await claimed(store, session);
    expect(before).toMatchObject({ sequence: 3, deletedTurns: 0 });
    await store.release(before);
    await store.deleteTurn(session, first);
    await store.deleteTurn(session, second);
    await store.deleteTurn(session, second);
    expect(await claimed(store, session)).toMatchObject({ sequence: 3, deletedTurns: 2 });
    await store.deleteSession(session);
    expect(await claimed(store, session)).toMatchObject({ sequence: 1, deletedTurns: 0 });
  });

  test("a turn under way when its session is deleted is not kept, and the name begins anew", async () => {
    const store = adapter();
    const session = newSession();
    await say(store, session, "old");
    const claim = await claimed(store, session);
    await store.deleteSession(session);
    expect(await store.append(claim, says("late"))).toMatchObject(conflict);
    expect(await store.find(session)).toBeUndefined();
    await say(store, session, "new");
    expect((await store.turnsAfter(session, 0, 9)).map(({ messages }) => messages)).toEqual([says("new")]);
  });

  test("what has expired is not read, and its session's name begins anew", async () => {
    const store = adapter();
    const session = newSession();
    const turnId = await say(store, session, "old");
    clock.advance(keptForMs);
    expect(await store.find(session)).toBeUndefined();
    expect(await store.findTurn(session.tenantId, turnId)).toBeUndefined();
    expect(await claimed(store, session)).toMatchObject({ sequence: 1 });
  });

  test("of concurrent writers none loses or reorders a turn, whatever they replay", async () => {
    const writers = fc.array(fc.record({ turns: fc.integer({ min: 1, max: 3 }), replays: fc.boolean() }), {
      minLength: 2,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(writers, async (all) => {
        const session = newSession();
        // A Map of its own is as good as one with all sessions so far, and is searched faster.
        const map = new MapSessionStore(clock, keptForMs);
        const open = name === "in a Map" ? () => map : adapter;
        const kept: string[][] = await Promise.all(
          all.map(async ({ turns, replays }) => {
            const store = open();
            const own: string[] = [];
            while (own.length < turns) {
              const claim = await store.claim(session, newName(), untilMs());
              if (!("refused" in claim)) {
                expect(await store.append(claim, says(claim.turnId))).not.toHaveProperty("refused");
                own.push(claim.turnId);
                if (replays) {
                  await store.append(claim, says(claim.turnId));
                }
              } else {
                await new Promise((resolve) => setImmediate(resolve));
              }
            }
            return own;
          }),
        );
        const turns = await open().turnsAfter(session, 0, 100);
        expect(turns.map(({ sequence }) => sequence)).toEqual(turns.map((__, index) => index + 1));
        const order = turns.map(({ turnId }) => turnId);
        expect([...order].sort()).toEqual(kept.flat().sort());
        for (const own of kept) {
          expect(order.filter((id) => own.includes(id))).toEqual(own);
        }
      }),
      { numRuns: interleavings[name] ?? 20 },
    );
  });

  test("tenants and actors never see each other's turns, however they are called", async () => {
    const name = fc.string({ minLength: 1, maxLength: 4 });
    const keys = fc.uniqueArray(
      fc.record({
        tenantId: fc.constantFrom("t0000000000aa", "t0000000000ab"),
        actorId: name,
        sessionId: name,
      }),
      { minLength: 2, maxLength: 4, selector: (key) => JSON.stringify(key) },
    );
    await fc.assert(
      fc.asyncProperty(keys, async (sessions) => {
        const store = adapter();
        for (const session of sessions) {
          await say(store, session, JSON.stringify(session));
        }
        for (const session of sessions) {
          const turns = await store.turnsAfter(session, 0, 9);
          expect(turns.map(({ messages }) => messages)).toEqual([says(JSON.stringify(session))]);
          await store.deleteSession(session);
          expect(await store.turnsAfter(session, 0, 9)).toEqual([]);
        }
      }),
      { numRuns: 15 },
    );
  });
});

test("a writer that died after its turn was written has written it: the next one goes on after it", async () => {
  const store = new DynamoSessionStore({ client, tablePrefix: "test", clock, keptForMs, bodies });
  const session = newSession();
  await say(store, session, "one");
  const claim = await claimed(store, session);
  const dead = storeThatDiesAfter(2);
  await expect(dead.append(claim, says("two"))).rejects.toThrow("killed");
  clock.advance(60_000);
  await say(store, session, "three");
  const turns = await store.turnsAfter(session, 0, 9);
  expect(turns.map(({ messages }) => messages)).toEqual(["one", "two", "three"].map(says));
});

test("a first turn that was written before its append failed stays, though its claim is given up", async () => {
  const store = new DynamoSessionStore({ client, tablePrefix: "test", clock, keptForMs, bodies });
  const session = newSession();
  const claim = await claimed(store, session);
  await expect(storeThatDiesAfter(2).append(claim, says("one"))).rejects.toThrow("killed");
  await store.release(claim);
  await say(store, session, "two");
  const turns = await store.turnsAfter(session, 0, 9);
  expect(turns.map(({ messages }) => messages)).toEqual(["one", "two"].map(says));
  expect(turns.map(({ sequence }) => sequence)).toEqual([1, 2]);
});

/** Of the calls to the database the first few arrive, and no more. */
function storeThatDiesAfter(mostCalls: number): DynamoSessionStore {
  let calls = 0;
  const dying = new Proxy(client, {
    get: (target, name) =>
      name === "send"
        ? (...sent: Parameters<typeof client.send>) =>
            ++calls > mostCalls ? Promise.reject(new Error("killed")) : target.send(...sent)
        : Reflect.get(target, name),
  });
  return new DynamoSessionStore({ client: dying, tablePrefix: "test", clock, keptForMs, bodies });
}
