import type { S3Client } from "@aws-sdk/client-s3";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DynamoSessionStore } from "./dynamodb/session-store.ts";
import type { SessionKey } from "./long-term/session-turn.ts";
import type { S3TurnBodies } from "./s3/turn-bodies.ts";
import type { SessionStore } from "./sessions/session-store.ts";
import { sessionsTable } from "./tables.ts";
import { localTurnBodies } from "./testing/local-turn-bodies.ts";
import { MapSessionStore } from "./testing/map-session-store.ts";

const clock = new ManualClock(1_000_000);
const keptForMs = 86_400_000;
let awsLocal: AwsLocal;
let client: ReturnType<typeof createDocumentClient>;
let bodies: S3TurnBodies;
let s3: S3Client;
let store: DynamoSessionStore;
let itemsRead = 0;
beforeAll(async () => {
  awsLocal = await startAwsLocal({ nowMs: () => clock.now() });
  const access = { region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials };
  client = createDocumentClient(access);
  await createTables(client, "test", [sessionsTable]);
  ({ s3, bodies } = await localTurnBodies(awsLocal.url));
  store = new DynamoSessionStore({ client, tablePrefix: "test", clock, keptForMs, bodies });
  client.middlewareStack.add(
    (next) => async (args) => {
      const told = await next(args);
      const { Items, Item } = told.output as { Items?: unknown[]; Item?: unknown };
      itemsRead += Items?.length ?? (Item ? 1 : 0);
      return told;
    },
    { step: "initialize" },
  );
});
afterAll(async () => {
  client.destroy();
  s3.destroy();
  await awsLocal.close();
});

let names = 0;

async function say(store: SessionStore, session: SessionKey, turnId: string): Promise<void> {
  const claim = await store.claim(session, turnId, clock.now() + 60_000);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  await store.append(claim, [{ role: "user", content: [{ text: turnId }] }]);
}

test("an actor's newest turns are those of all it said, wherever it said them and whatever was deleted", async () => {
  const step = fc.record({
    does: fc.constantFrom("say", "say", "say", "say", "delete turn", "delete session"),
    sessionId: fc.constantFrom("a", "b", "c", "d", "e"),
    at: fc.nat(20),
    afterMs: fc.constantFrom(0, 1, 5),
  });
  const limits = fc.record({
    limit: fc.integer({ min: 1, max: 7 }),
    without: fc.constantFrom(undefined, "a"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 16 }), limits, async (steps, asked) => {
      const stores = [store, new MapSessionStore(clock, keptForMs)];
      const actor = { tenantId: "t000000000001", actorId: `n${++names}` };
      const said: { readonly sessionId: string; readonly turnId: string }[] = [];
      for (const { does, sessionId, at, afterMs } of steps) {
        clock.advance(afterMs);
        const session = { ...actor, sessionId };
        const old = said[at % Math.max(1, said.length)];
        const turnId = `n${++names}`;
        for (const one of stores) {
          if (does === "say") {
            await say(one, session, turnId);
          } else if (does === "delete session") {
            await one.deleteSession(session);
          } else if (old) {
            await one.deleteTurn({ ...actor, sessionId: old.sessionId }, old.turnId);
          }
        }
        if (does === "say") {
          said.push({ sessionId, turnId });
        }
      }
      const [found = [], expected = []] = await Promise.all(
        stores.map((one) => one.newestTurns(actor.tenantId, actor.actorId, asked.limit, asked.without)),
      );
      // Of those that were said in one millisecond, any may come first.
      expect(found.map(({ atMs }) => atMs)).toEqual(expected.map(({ atMs }) => atMs));
      const oldestMs = expected.at(-1)?.atMs;
      const surely = (turns: typeof found) =>
        turns
          .filter(({ atMs }) => atMs !== oldestMs)
          .map(({ sessionId, turnId }) => `${sessionId} ${turnId}`);
      expect(new Set(surely(found))).toEqual(new Set(surely(expected)));
    }),
    { numRuns: 20 },
  );
});

test("however many sessions an actor ever had, its newest turns are found by reading as many as are asked for", async () => {
  const actor = { tenantId: "t000000000002", actorId: "ann" };
  const readsAmong = async (sessions: number) => {
    for (let index = 0; index < sessions; index++) {
      clock.advance(1);
      await say(store, { ...actor, sessionId: `s${++names}` }, `n${++names}`);
    }
    itemsRead = 0;
    expect(await store.newestTurns(actor.tenantId, actor.actorId, 3, `s${names - 1}`)).toHaveLength(3);
    return itemsRead;
  };
  const few = await readsAmong(12);
  expect(await readsAmong(24)).toBe(few);
  expect(few).toBeLessThan(20);
});
