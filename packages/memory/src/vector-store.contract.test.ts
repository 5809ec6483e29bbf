import type { S3Client } from "@aws-sdk/client-s3";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DynamoSessionStore } from "./dynamodb/session-store.ts";
import { DynamoVectorStore } from "./dynamodb/vector-store.ts";
import type { ForgetScope } from "./long-term/forget.ts";
import type { S3TurnBodies } from "./s3/turn-bodies.ts";
import { forgetMemory } from "./sessions/forget-memory.ts";
import { forkSession } from "./sessions/fork-session.ts";
import type { SessionStore } from "./sessions/session-store.ts";
import {
  mostVectorsOfTurn,
  type SessionPlace,
  type TurnVectors,
  type VectorStore,
} from "./sessions/vector-store.ts";
import { sessionsTable } from "./tables.ts";
import { localTurnBodies } from "./testing/local-turn-bodies.ts";
import { MapSessionStore } from "./testing/map-session-store.ts";
import { MapVectorStore } from "./testing/map-vector-store.ts";

const clock = new ManualClock(1_000_000);
const keptForMs = 86_400_000;
let awsLocal: AwsLocal;
let client: ReturnType<typeof createDocumentClient>;
let s3: S3Client;
let bodies: S3TurnBodies;
beforeAll(async () => {
  awsLocal = await startAwsLocal();
  client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, "test", [sessionsTable]);
  ({ s3, bodies } = await localTurnBodies(awsLocal.url));
});
afterAll(async () => {
  client.destroy();
  s3.destroy();
  await awsLocal.close();
});

interface Stores {
  readonly sessions: SessionStore;
  readonly vectors: VectorStore;
}
const adapters: readonly (readonly [string, () => Stores])[] = [
  [
    "in a Map",
    () => ({
      sessions: new MapSessionStore(clock, keptForMs),
      vectors: new MapVectorStore(clock, keptForMs),
    }),
  ],
  [
    "DynamoDB",
    () => {
      const parts = { client, tablePrefix: "test", clock, keptForMs };
      return {
        sessions: new DynamoSessionStore({ ...parts, bodies }),
        vectors: new DynamoVectorStore(parts),
      };
    },
  ],
];

let names = 0;
const newName = () => `n${++names}`;
const newPlace = (more: Partial<SessionPlace> = {}): SessionPlace => ({
  tenantId: `t${String(++names).padStart(12, "0")}`,
  actorId: "ann",
  sessionId: "chat",
  incarnation: "first",
  ...more,
});
const made = (sequence: number, more: Partial<TurnVectors> = {}): TurnVectors => ({
  turnId: newName(),
  sequence,
  atMs: clock.now(),
  modelId: "titan",
  vectors: [{ message: 0, values: Int8Array.of(sequence, -127, 127) }],
  ...more,
});

async function say({ sessions }: Stores, place: SessionPlace): Promise<string> {
  const claim = await sessions.claim(place, newName(), clock.now() + 60_000);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  await sessions.append(claim, [{ role: "user", content: [{ text: "hello" }] }]);
  return claim.turnId;
}

/** A session with three turns, of which the first two have vectors. */
async function talked(stores: Stores, more?: Partial<SessionPlace>) {
  const key = newPlace(more);
  const turnIds = [await say(stores, key), await say(stores, key), await say(stores, key)];
  const place = { ...key, incarnation: (await stores.sessions.incarnationOf(key)) ?? "" };
  for (const [index, turnId] of turnIds.slice(0, 2).entries()) {
    await stores.vectors.keep(place, made(index + 1, { turnId }));
  }
  return { place, turnIds };
}

describe.each(adapters)("%s", (_, adapter) => {
  test("vectors come back as they were kept, in the order of their turns", async () => {
    const { vectors } = adapter();
    const bytes = fc.int8Array({ minLength: 8, maxLength: 8 });
    const turn = fc.array(bytes, { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { minLength: 1, maxLength: 4 }), async (turns) => {
        const place = newPlace();
        const all = turns.map((values, index) =>
          made(index * 7 + 1, { vectors: values.map((one, at) => ({ message: at * 2, values: one })) }),
        );
        for (const one of [...all].reverse()) {
          expect(await vectors.keep(place, one)).toBe(true);
        }
        expect(await vectors.between(place, 1, 100)).toEqual(all);
        expect(await vectors.between(place, 2, 8)).toEqual(all.slice(1, 2));
        expect(await vectors.lastSequence(place)).toBe(all.at(-1)?.sequence);
      }),
      { numRuns: 15 },
    );
  });

  test("a turn keeps what was kept of it first, whichever model made the second", async () => {
    const { vectors } = adapter();
    const place = newPlace();
    const [first, second] = [made(1), made(1, { modelId: "cohere" })];
    const kept = await Promise.all([vectors.keep(place, first), vectors.keep(place, second)]);
    expect(kept.filter((one) => one)).toHaveLength(1);
    expect(await vectors.between(place, 1, 1)).toEqual([kept[0] ? first : second]);
  });

  test("a turn with as many messages as may have vectors has them all", async () => {
    const { vectors } = adapter();
    const place = newPlace();
    const many = made(1, {
      vectors: Array.from({ length: mostVectorsOfTurn }, (_, message) => ({
        message,
        values: new Int8Array(1_024).fill(message % 127),
      })),
    });
    await vectors.keep(place, many);
    expect(await vectors.between(place, 1, 1)).toEqual([many]);
  });

  test("no tenant, actor, session or incarnation sees another's", async () => {
    const { vectors } = adapter();
    const place = newPlace();
    await vectors.keep(place, made(1));
    for (const other of [
      { ...place, tenantId: newPlace().tenantId },
      { ...place, actorId: "an" },
      { ...place, sessionId: "cha" },
      { ...place, incarnation: "second" },
    ]) {
      expect(await vectors.between(other, 1, 9)).toEqual([]);
      expect(await vectors.lastSequence(other)).toBe(0);
    }
  });

  test("vectors are kept as long as their turn, however late they were made", async () => {
    const { vectors } = adapter();
    const place = newPlace();
    await vectors.keep(place, made(1, { atMs: clock.now() - keptForMs + 10 }));
    expect(await vectors.lastSequence(place)).toBe(1);
    clock.advance(10);
    expect(await vectors.between(place, 1, 9)).toEqual([]);
    expect(await vectors.lastSequence(place)).toBe(0);
    expect(await vectors.stored(place.tenantId, { kind: "tenant" })).toBe(1);
  });

  test("a fork has the vectors of the turns that it has, and keeps them when its source is forgotten", async () => {
    const stores = adapter();
    const { place, turnIds } = await talked(stores);
    const fork = await forkSession(place, newName(), 1, { ...stores, clock });
    if ("refused" in fork) {
      throw new Error(fork.refused.message);
    }
    await forgetMemory(place.tenantId, { kind: "session", ...place }, { ...stores, longTerm: undefined });
    const copied = await stores.vectors.between(fork, 1, 9);
    expect(copied).toMatchObject([{ sequence: 1, vectors: [{ message: 0, values: { 0: 1 } }] }]);
    expect(copied[0]?.turnId).not.toBe(turnIds[0]);
    const [turn] = await stores.sessions.turnsAfter(fork, 0, 1);
    expect(copied[0]?.turnId).toBe(turn?.turnId);
  });

  test("forgetting a turn, a session, an actor or a tenant removes its vectors alone, and proves it", async () => {
    const stores = adapter();
    const { place, turnIds } = await talked(stores);
    const { tenantId } = place;
    const second = (await talked(stores, { tenantId, sessionId: "chat2" })).place;
    const bob = (await talked(stores, { tenantId, actorId: "bob" })).place;
    const foreign = (await talked(stores)).place;
    const steps: readonly (readonly [ForgetScope, number, number])[] = [
      [{ kind: "turn", ...place, turnId: turnIds[0] ?? "" }, 1, 5],
      [{ kind: "session", ...place }, 1, 4],
      [{ kind: "actor", actorId: "ann" }, 2, 2],
      [{ kind: "tenant" }, 2, 0],
    ];
    for (const [scope, found, left] of steps) {
      const proof = await forgetMemory(tenantId, scope, { ...stores, longTerm: undefined });
      expect(proof).toMatchObject({ vectors: { found, left: 0 }, isComplete: true });
      expect(await stores.vectors.stored(tenantId, { kind: "tenant" })).toBe(left);
    }
    expect(await stores.vectors.between(second, 1, 9)).toEqual([]);
    expect(await stores.vectors.between(bob, 1, 9)).toEqual([]);
    expect(await stores.vectors.between(foreign, 1, 9)).toHaveLength(2);
  });
});
