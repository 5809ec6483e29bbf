import {
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from "@aws-sdk/client-s3";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DynamoSessionStore } from "./dynamodb/session-store.ts";
import { mostItemBytes } from "./dynamodb/turn-contents.ts";
import type { SessionKey } from "./long-term/session-turn.ts";
import { S3TurnBodies } from "./s3/turn-bodies.ts";
import { exportActor } from "./sessions/export-actor.ts";
import { type ForgetMemoryParts, forgetMemory } from "./sessions/forget-memory.ts";
import { forkSession } from "./sessions/fork-session.ts";
import type { TurnClaim } from "./sessions/session-store.ts";
import { sessionsTable } from "./tables.ts";
import { localTurnBodies, testBucket } from "./testing/local-turn-bodies.ts";
import { MapVectorStore } from "./testing/map-vector-store.ts";

const clock = new ManualClock(1_000_000);
const leaseMs = 60_000;
let awsLocal: AwsLocal;
let client: ReturnType<typeof createDocumentClient>;
let s3: S3Client;
let bodies: S3TurnBodies;
let store: DynamoSessionStore;
let forgetting: ForgetMemoryParts;
beforeAll(async () => {
  awsLocal = await startAwsLocal();
  client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, "test", [sessionsTable]);
  ({ s3, bodies } = await localTurnBodies(awsLocal.url));
  store = openStore();
  forgetting = { sessions: store, vectors, longTerm: undefined };
});
afterAll(async () => {
  client.destroy();
  s3.destroy();
  await awsLocal.close();
});

const openStore = (parts: { client?: typeof client; bodies?: S3TurnBodies } = {}) =>
  new DynamoSessionStore({ client, bodies, tablePrefix: "test", clock, keptForMs: 86_400_000, ...parts });

const vectors = new MapVectorStore(clock, 86_400_000);

let names = 0;
const newName = () => `n${++names}`;
const newSession = (): SessionKey => ({
  tenantId: `t${String(++names).padStart(12, "0")}`,
  actorId: "ann",
  sessionId: "chat",
});
const says = (text: string) => [{ role: "user" as const, content: [{ text }] }];
/** Longer than an item can hold, and told from another by its beginning. */
const long = (text: string) => says(text + "é".repeat(210_000));
const nothing = { sessions: 0, turns: 0, summaries: 0, bodies: 0, other: 0 };

async function claimed(session: SessionKey, turnId = newName()): Promise<TurnClaim> {
  const claim = await store.claim(session, turnId, clock.now() + leaseMs);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  return claim;
}

async function say(session: SessionKey, messages: ReturnType<typeof says>): Promise<string> {
  const claim = await claimed(session);
  expect(await store.append(claim, messages)).not.toHaveProperty("refused");
  return claim.turnId;
}

const said = async (session: SessionKey) =>
  (await store.turnsAfter(session, 0, 99)).map(({ messages }) => messages);

async function objectsOf({ tenantId }: SessionKey): Promise<string[]> {
  const Prefix = `tenants/${tenantId}/`;
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: testBucket, Prefix }));
  return Contents.map(({ Key = "" }) => Key);
}

/** A store whose process dies after some calls, to whichever service. */
function storeThatDiesAfter(mostCalls: number): DynamoSessionStore {
  let calls = 0;
  const dying = <T extends { send: (...sent: never[]) => unknown }>(target: T): T =>
    new Proxy(target, {
      get: (real, name) =>
        name === "send"
          ? (...sent: never[]) => {
              calls += 1;
              return calls > mostCalls ? Promise.reject(new Error("killed")) : real.send(...sent);
            }
          : Reflect.get(real, name),
    });
  return openStore({ client: dying(client), bodies: new S3TurnBodies(dying(s3), testBucket) });
}

test("a store without turn bodies keeps what an item holds, and throws for more, so that nothing is half there", async () => {
  const bare = new DynamoSessionStore({ client, tablePrefix: "test", clock, keptForMs: 86_400_000 });
  const session = newSession();
  const claim = await claimed(session);
  const tooLong = bare.append(claim, long("a"));
  await expect(tooLong).rejects.toMatchObject({ problem: { code: "body_too_large" } });
  expect(await bare.turnsAfter(session, 0, 9)).toEqual([]);
  expect(await bare.append(claim, says("short"))).toMatchObject({ sequence: 1 });
  await bare.deleteSession(session);
  expect(await bare.stored(session.tenantId, { kind: "tenant" })).toEqual(nothing);
});

test("what one item can hold stays in it, to the byte and under the longest names; what it cannot is one object under the tenant's prefix", async () => {
  const overhead = Buffer.byteLength(JSON.stringify(says("")));
  const session = { ...newSession(), actorId: "é".repeat(128), sessionId: "🙂".repeat(64) };
  const fits = says("x".repeat(mostItemBytes - overhead));
  await say(session, fits);
  expect(await objectsOf(session)).toEqual([]);
  const tooLong = says("x".repeat(mostItemBytes - overhead + 1));
  await say(session, tooLong);
  expect(await objectsOf(session)).toEqual([
    expect.stringMatching(new RegExp(`^tenants/${session.tenantId}/sessions/actors/`)),
  ]);
  expect(await said(session)).toEqual([fits, tooLong]);
});

test("a fork has bodies of its own, an export reads them, and each deletion takes those of its scope alone", async () => {
  const session = newSession();
  const turnId = await say(session, long("one"));
  await say(session, long("two"));
  const fork = await forkSession(session, "fork", undefined, { sessions: store, vectors, clock });
  expect(fork).toMatchObject({ lastSequence: 2 });
  const exported = [];
  for await (const item of exportActor(session.tenantId, "ann", { sessions: store, longTerm: undefined })) {
    exported.push(...(item.kind === "turn" ? [item.turn.messages] : []));
  }
  expect(exported).toEqual([long("one"), long("two"), long("one"), long("two")]);
  const inSession = { actorId: "ann", sessionId: "chat" };
  const scopes = [
    { scope: { kind: "turn", ...inSession, turnId }, found: 1, left: 3 },
    { scope: { kind: "session", ...inSession }, found: 1, left: 2 },
    { scope: { kind: "actor", actorId: "ann" }, found: 2, left: 0 },
    { scope: { kind: "tenant" }, found: 0, left: 0 },
  ] as const;
  for (const { scope, found, left } of scopes) {
    const proof = await forgetMemory(session.tenantId, scope, forgetting);
    expect(proof).toMatchObject({ isComplete: true, sessions: { found: { bodies: found }, left: nothing } });
    expect(await objectsOf(session)).toHaveLength(left);
  }
});

test.each([0, 1, 2, 3, 4])(
  "a writer that dies after %i calls leaves its turn whole or not at all, and nothing that forgetting the session does not find",
  async (calls) => {
    const session = newSession();
    await say(session, says("before"));
    const dead = await claimed(session);
    const dying = storeThatDiesAfter(calls).append(dead, long("dead"));
    await (calls < 4 ? expect(dying).rejects.toThrow("killed") : dying);
    clock.advance(leaseMs);
    await say(session, long("after"));
    const kept = calls < 3 ? [] : [long("dead")];
    expect(await said(session)).toEqual([says("before"), ...kept, long("after")]);
    const scope = { kind: "session", actorId: "ann", sessionId: "chat" } as const;
    const proof = await forgetMemory(session.tenantId, scope, forgetting);
    expect(proof.sessions.found.bodies).toBe(calls === 0 ? 1 : 2);
    expect(proof.isComplete).toBe(true);
    expect(await objectsOf(session)).toEqual([]);
    expect(await store.stored(session.tenantId, { kind: "tenant" })).toEqual(nothing);
  },
);

test.each([1, 2])(
  "what a writer left after %i calls is forgotten with its session, though nobody wrote there since",
  async (calls) => {
    const session = newSession();
    const dying = storeThatDiesAfter(calls).append(await claimed(session), long("dead"));
    await expect(dying).rejects.toThrow("killed");
    const scope = { kind: "session", actorId: "ann", sessionId: "chat" } as const;
    const proof = await forgetMemory(session.tenantId, scope, forgetting);
    expect(proof).toMatchObject({ isComplete: true, sessions: { found: { bodies: 1, other: calls - 1 } } });
    expect(await store.stored(session.tenantId, { kind: "tenant" })).toEqual(nothing);
  },
);

test("of attempts to append one turn with other contents, one is kept whole and told to all, and no other leaves anything", async () => {
  const content = fc.constantFrom(says("short"), says("other"), long("one"), long("two"), long("three"));
  await fc.assert(
    fc.asyncProperty(fc.array(content, { minLength: 2, maxLength: 4 }), async (contents) => {
      const session = newSession();
      const claim = await claimed(session);
      const told = await Promise.all(contents.map((messages) => openStore().append(claim, messages)));
      const [kept] = await said(session);
      expect(contents).toContainEqual(kept);
      for (const turn of [...told, await store.append(claim, long("replayed"))]) {
        expect(turn).toMatchObject({ sequence: 1, turnId: claim.turnId });
        expect("messages" in turn && turn.messages).toEqual(kept);
      }
      expect(await objectsOf(session)).toHaveLength(JSON.stringify(kept).length > mostItemBytes / 2 ? 1 : 0);
    }),
    { numRuns: 12 },
  );
});

test.each([
  ["missing", (Key: string) => s3.send(new DeleteObjectCommand({ Bucket: testBucket, Key }))],
  ["damaged", (Key: string) => s3.send(new PutObjectCommand({ Bucket: testBucket, Key, Body: "[]" }))],
])(
  "a body that is %s is told by name, no other turn is lost, and without that turn the session goes on",
  async (what, harm) => {
    const session = newSession();
    await say(session, says("one"));
    const turnId = await say(session, long("two"));
    await say(session, says("three"));
    await harm((await objectsOf(session))[0] ?? "");
    const unreadable = {
      problem: { code: "turn_unreadable", message: expect.stringContaining(what), details: { turn: turnId } },
    };
    await expect(store.turnsAfter(session, 0, 9)).rejects.toMatchObject(unreadable);
    await expect(store.findTurn(session.tenantId, turnId)).rejects.toMatchObject(unreadable);
    expect(await store.turnsAfter(session, 2, 9)).toMatchObject([{ messages: says("three") }]);
    expect(await store.turnsBefore(session, 2, 9)).toMatchObject([{ messages: says("one") }]);
    expect(await store.deleteTurn(session, turnId)).toBe(true);
    expect(await said(session)).toEqual([says("one"), says("three")]);
    await say(session, says("four"));
  },
);

test("a turn that is deleted while it is read is not there, rather than damaged", async () => {
  const session = newSession();
  const turnId = await say(session, long("secret"));
  const deletedMeanwhile = Object.assign(new S3TurnBodies(s3, testBucket), {
    get: async (tenantId: string, name: string) => {
      await store.deleteTurn(session, turnId);
      return bodies.get(tenantId, name);
    },
  });
  expect(await openStore({ bodies: deletedMeanwhile }).turnsAfter(session, 0, 9)).toEqual([]);
});

test("a turn whose item is not there yet cannot be deleted, so that its writer's body is not taken from it", async () => {
  const session = newSession();
  const claim = await claimed(session);
  await expect(storeThatDiesAfter(2).append(claim, long("slow"))).rejects.toThrow("killed");
  expect(await store.deleteTurn(session, claim.turnId)).toBe(false);
  expect(await store.append(claim, long("slow"))).toMatchObject({ sequence: 1 });
  expect(await said(session)).toEqual([long("slow")]);
});

test("an actor's newest turns are found without its session in hand, and no body is read that is not among them", async () => {
  const session = newSession();
  for (const text of ["a", "b"]) {
    clock.advance(1);
    await say({ ...session, sessionId: "old" }, long(text));
  }
  clock.advance(1);
  await say({ ...session, sessionId: "newer" }, long("c"));
  clock.advance(1);
  await say(session, long("in hand"));
  const counted = new CountedBodies(s3, testBucket);
  const newest = await openStore({ bodies: counted }).newestTurns(session.tenantId, "ann", 2, "chat");
  expect(newest.map(({ messages }) => messages)).toEqual([long("c"), long("b")]);
  expect(counted.read).toBe(2);
});

test("of a history of large turns no body is read that its bound has no room for, and those that are come several at once, in order", async () => {
  const session = newSession();
  const texts = Array.from({ length: 10 }, (_, index) => `${index}`);
  for (const text of texts) {
    await say(session, long(text));
  }
  const bodyBytes = Buffer.byteLength(JSON.stringify(long("0")));
  const history = async (mostBytes: number) => {
    const counted = new CountedBodies(s3, testBucket);
    const bound = { mostTurns: 200, mostBytes };
    const { turns } = await openStore({ bodies: counted }).historyBefore(session, 11, bound);
    return { counted, firsts: turns.map(({ messages }) => String(messages[0]?.content[0]?.text)[0]) };
  };
  const some = await history(3 * bodyBytes);
  expect(some.firsts).toEqual(["9", "8", "7"]);
  expect(some.counted.read).toBe(3);
  const all = await history(10 * bodyBytes);
  expect(all.firsts).toEqual(texts.toReversed());
  expect(all.counted).toMatchObject({ read: 10, mostAtOnce: 8 });
  const counted = new CountedBodies(s3, testBucket);
  expect(await openStore({ bodies: counted }).turnIdsAfter(session, 0, 200)).toHaveLength(10);
  expect(counted.read).toBe(0);
});

class CountedBodies extends S3TurnBodies {
  read = 0;
  mostAtOnce = 0;
  #atOnce = 0;

  override async get(tenantId: string, name: string) {
    this.read += 1;
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    const bytes = await super.get(tenantId, name);
    this.#atOnce -= 1;
    return bytes;
  }
}
