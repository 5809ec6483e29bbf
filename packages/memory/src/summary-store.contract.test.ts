import type { BedrockAgentRuntimeClient } from "@aws-sdk/client-bedrock-agent-runtime";
import type { S3Client } from "@aws-sdk/client-s3";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createBedrockSessionsClient, createDocumentClient, localCredentials } from "@caprock/platform";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BedrockSessionStore } from "./bedrock-sessions/session-store.ts";
import { DynamoSessionStore } from "./dynamodb/session-store.ts";
import type { SessionKey } from "./long-term/session-turn.ts";
import type { S3TurnBodies } from "./s3/turn-bodies.ts";
import { exportActor } from "./sessions/export-actor.ts";
import { forgetMemory } from "./sessions/forget-memory.ts";
import { forkSession } from "./sessions/fork-session.ts";
import type { SessionStore } from "./sessions/session-store.ts";
import type { SummaryClaim } from "./sessions/summary-store.ts";
import { bedrockSessionsTable, sessionsTable } from "./tables.ts";
import { localTurnBodies } from "./testing/local-turn-bodies.ts";
import { MapSessionStore } from "./testing/map-session-store.ts";
import { MapVectorStore } from "./testing/map-vector-store.ts";

const clock = new ManualClock(1_000_000);
const keptForMs = 86_400_000;
const claimMs = 60_000;
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
const newSession = (): SessionKey => ({
  tenantId: `t${String(++names).padStart(12, "0")}`,
  actorId: "ann",
  sessionId: "chat",
});

async function say(store: SessionStore, session: SessionKey): Promise<string> {
  const claim = await store.claim(session, newName(), clock.now() + claimMs);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  await store.append(claim, [{ role: "user", content: [{ text: "hello" }] }]);
  return claim.turnId;
}

const through = (throughSequence: number, text = "short") => ({
  text,
  throughSequence,
  throughMessage: 0,
  oldestAtMs: clock.now(),
});

async function claim(store: SessionStore, session: SessionKey): Promise<SummaryClaim> {
  const claimed = await store.claimSummary(session, newName(), clock.now() + claimMs);
  if (claimed === undefined) {
    throw new Error("There is a claim already.");
  }
  return claimed;
}

async function summarised(store: SessionStore): Promise<{ session: SessionKey; turnIds: string[] }> {
  const session = newSession();
  const turnIds = [await say(store, session), await say(store, session), await say(store, session)];
  expect(await store.keepSummary(await claim(store, session), through(2))).toBe(true);
  return { session, turnIds };
}

describe.each(adapters)("%s", (_, adapter) => {
  test("one summary is made at a time, going on from the one before", async () => {
    const store = adapter();
    const { session } = await summarised(store);
    const next = await claim(store, session);
    expect(next.previous).toMatchObject({ text: "short", throughSequence: 2 });
    expect(await store.claimSummary(session, newName(), clock.now() + claimMs)).toBeUndefined();
    await store.releaseSummary(next);
    expect(await store.findSummary(session)).toMatchObject({ throughSequence: 2 });
    expect(await store.keepSummary(next, through(3))).toBe(false);
    expect(await store.keepSummary(await claim(store, session), through(3))).toBe(true);
    expect(await store.findSummary(session)).toMatchObject({ throughSequence: 3 });
    expect(await store.claimSummary(newSession(), newName(), clock.now() + claimMs)).toBeUndefined();
  });

  test("a maker that died is waited for no longer than its claim, and keeps nothing after another's", async () => {
    const store = adapter();
    const { session } = await summarised(store);
    const dead = await claim(store, session);
    clock.advance(claimMs);
    const next = await claim(store, session);
    expect(await store.keepSummary(dead, through(3, "late"))).toBe(false);
    expect(await store.keepSummary(next, through(3, "next"))).toBe(true);
    expect(await store.findSummary(session)).toMatchObject({ text: "next" });
  });

  test("one that could not be made is waited with, and the next maker knows how often it failed", async () => {
    const store = adapter();
    const session = newSession();
    await say(store, session);
    for (const failures of [0, 1, 2]) {
      const failing = await claim(store, session);
      expect(failing).toMatchObject({ previous: undefined, failures });
      await store.postponeSummary(failing, clock.now() + 5_000);
      expect(await store.claimSummary(session, newName(), clock.now() + claimMs)).toBeUndefined();
      clock.advance(5_000);
    }
    const released = await claim(store, session);
    await store.releaseSummary(released);
    await store.postponeSummary(released, clock.now() + 5_000);
    const made = await claim(store, session);
    expect(made.failures).toBe(3);
    expect(await store.keepSummary(made, through(1))).toBe(true);
    expect((await claim(store, session)).failures).toBe(0);
  });

  test("a turn's deletion takes the summary with it, and one that is being made is not kept", async () => {
    const store = adapter();
    const { session, turnIds } = await summarised(store);
    const making = await claim(store, session);
    await store.deleteTurn(session, turnIds[0]!);
    expect(await store.findSummary(session)).toBeUndefined();
    expect(await store.keepSummary(making, through(3))).toBe(false);
    expect((await claim(store, session)).previous).toBeUndefined();
  });

  test("a session that begins anew under its name has nothing of the one before", async () => {
    const store = adapter();
    const { session } = await summarised(store);
    const making = await claim(store, session);
    await store.deleteSession(session);
    await say(store, session);
    expect(await store.findSummary(session)).toBeUndefined();
    expect(await store.keepSummary(making, through(3))).toBe(false);
    expect(await store.findSummary(session)).toBeUndefined();
  });

  test("a summary is not kept longer than the oldest turn that it was shown", async () => {
    const store = adapter();
    const { session } = await summarised(store);
    clock.advance(keptForMs / 2);
    await say(store, session);
    const next = await claim(store, session);
    await store.keepSummary(next, { ...through(4), oldestAtMs: next.previous?.oldestAtMs ?? 0 });
    expect(await store.findSummary(session)).toMatchObject({ throughSequence: 4 });
    clock.advance(keptForMs / 2);
    expect(await store.findSummary(session)).toBeUndefined();
    const after = await claim(store, session);
    expect(after.previous).toBeUndefined();
    expect(await store.keepSummary(after, through(4, "anew"))).toBe(true);
    expect(await store.findSummary(session)).toMatchObject({ text: "anew" });
  });

  test("a fork has the summary where it covers no more than the fork, and keeps it when its source is deleted", async () => {
    const store = adapter();
    const { session } = await summarised(store);
    const fork = async (last: number) => {
      const made = await forkSession(session, newName(), last, { sessions: store, vectors, clock });
      if ("refused" in made) {
        throw new Error(made.refused.message);
      }
      return made;
    };
    const [early, late] = [await fork(1), await fork(3)];
    await store.deleteSession(session);
    expect(await store.findSummary(early)).toBeUndefined();
    expect(await store.findSummary(late)).toMatchObject({ text: "short", throughSequence: 2 });
  });

  test("exports show summaries, and forgetting removes them with proof", async () => {
    const store = adapter();
    const parts = { sessions: store, vectors, longTerm: undefined };
    for (const kind of ["session", "actor", "tenant", "turn"] as const) {
      const { session, turnIds } = await summarised(store);
      const items = [];
      for await (const item of exportActor(session.tenantId, "ann", parts)) {
        items.push(item);
      }
      expect(items.at(-1)).toMatchObject({ kind: "summary", sessionId: "chat", summary: { text: "short" } });
      const scope = { kind, ...session, turnId: turnIds[0]! };
      const proof = await forgetMemory(session.tenantId, scope, parts);
      expect(proof).toMatchObject({ isComplete: true, sessions: { left: { summaries: 0 } } });
      expect(await store.findSummary(session)).toBeUndefined();
      if (kind !== "turn") {
        expect(proof.sessions.found.summaries).toBe(1);
      }
    }
  });
});
