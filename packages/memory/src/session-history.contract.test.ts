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

describe.each(adapters)("%s", (_, adapter) => {
  test("turns are read both ways as far as the bounds in turns and in bytes allow, and a history tells whether they ended it", async () => {
    const store = adapter();
    const session = newSession();
    for (const text of ["é1", "é2", "é3", "a long one ".repeat(9)]) {
      await say(store, session, text);
    }
    const shortBytes = Buffer.byteLength(JSON.stringify(says("é1")));
    const past = async (before: number, mostTurns: number, mostBytes: number) => {
      const { turns, isCut } = await store.historyBefore(session, before, { mostTurns, mostBytes });
      return [turns.map(({ sequence }) => sequence), isCut];
    };
    expect(await past(5, 9, 9_999)).toEqual([[4, 3, 2, 1], false]);
    expect(await past(4, 2, 9_999)).toEqual([[3, 2], true]);
    expect(await past(4, 9, 3 * shortBytes)).toEqual([[3, 2, 1], false]);
    expect(await past(4, 9, 3 * shortBytes - 1)).toEqual([[3, 2], true]);
    expect(await past(5, 9, 1)).toEqual([[4], true]);
    expect(await past(1, 9, 9_999)).toEqual([[], false]);
    const after = async (...range: [sequence: number, limit: number, mostBytes?: number]) =>
      (await store.turnsAfter(session, ...range)).map(({ sequence }) => sequence);
    expect(await after(0, 9, 3 * shortBytes)).toEqual([1, 2, 3]);
    expect(await after(0, 9, 3 * shortBytes - 1)).toEqual([1, 2]);
    expect(await after(3, 9, 1)).toEqual([4]);
    const ids = (await store.turnsAfter(session, 0, 9)).map(({ turnId }) => turnId);
    expect(await store.turnIdsAfter(session, 1, 2)).toEqual([ids[1], ids[2]]);
    const newest = async (mostBytes: number) =>
      (await store.newestTurns(session.tenantId, session.actorId, 3, undefined, mostBytes)).length;
    const largeBytes = Buffer.byteLength(JSON.stringify(says("a long one ".repeat(9))));
    expect(await newest(largeBytes + 2 * shortBytes)).toBe(3);
    expect(await newest(largeBytes + 2 * shortBytes - 1)).toBe(2);
    expect(await newest(1)).toBe(1);
    await store.deleteTurn(session, ids[1]!);
    expect(await past(4, 9, 2 * shortBytes)).toEqual([[3, 1], false]);
    expect(await store.turnIdsAfter(session, 0, 9)).toEqual([ids[0], ids[2], ids[3]]);
    expect(await store.turnIdsAfter({ ...session, sessionId: newName() }, 0, 9)).toEqual([]);
  });

  test("what a turn was counted as is kept with it, bounds a history, and goes with it; a turn that nobody counted takes no tokens", async () => {
    const store = adapter();
    const session = newSession();
    const counts = [10, undefined, 20, 30].map((tokens) => tokens && { tokens, detail: `[${tokens}]` });
    for (const counted of counts) {
      await store.append(await claimed(store, session), says("hi"), { ...(counted && { counted }) });
    }
    const past = async (mostTokens: number) => {
      const bound = { mostTurns: 9, mostBytes: 9_999, mostTokens };
      const { turns, isCut } = await store.historyBefore(session, 5, bound);
      return [turns.map(({ counted }) => counted?.tokens), isCut];
    };
    expect(await past(60)).toEqual([[30, 20, undefined, 10], false]);
    expect(await past(59)).toEqual([[30, 20, undefined], true]);
    expect(await past(1)).toEqual([[30], true]);
    const [first, , third] = await store.turnsAfter(session, 0, 9);
    expect(first).toMatchObject({ counted: { tokens: 10, detail: "[10]" } });
    expect(await store.findTurn(session.tenantId, first!.turnId)).toMatchObject({ counted: { tokens: 10 } });
    await store.deleteTurn(session, third!.turnId);
    expect(await past(40)).toEqual([[30, undefined, 10], false]);
  });
});
