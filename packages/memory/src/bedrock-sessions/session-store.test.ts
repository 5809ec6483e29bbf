/** What the contract does not say: what is left at Bedrock, and how its limits are got around. */
import {
  type BedrockAgentRuntimeClient,
  GetInvocationStepCommand,
  ListInvocationStepsCommand,
  ListSessionsCommand,
} from "@aws-sdk/client-bedrock-agent-runtime";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createBedrockSessionsClient, createDocumentClient, localCredentials } from "@caprock/platform";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { TurnClaim } from "../sessions/session-store.ts";
import { bedrockSessionsTable } from "../tables.ts";
import { BedrockSessionStore, type BedrockSessionStoreParts } from "./session-store.ts";

const clock = new ManualClock(Date.parse("2026-11-26T12:00:00Z"));
const dayMs = 86_400_000;
const tenantId = "t000000000001";
const service = "bedrock-sessions";
let awsLocal: AwsLocal;
let client: ReturnType<typeof createDocumentClient>;
let bedrock: BedrockAgentRuntimeClient;
beforeAll(async () => {
  awsLocal = await startAwsLocal({ nowMs: () => clock.now() });
  const access = { region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials };
  client = createDocumentClient(access);
  bedrock = createBedrockSessionsClient(access);
  await createTables(client, "test", [bedrockSessionsTable]);
});
afterEach(async () => {
  awsLocal.clearFaults();
  await open().deleteTenant(tenantId);
  expect(await textsAtBedrock()).toEqual([]);
});
afterAll(async () => {
  client.destroy();
  bedrock.destroy();
  await awsLocal.close();
});

function open(parts: Partial<BedrockSessionStoreParts> = {}): BedrockSessionStore {
  return new BedrockSessionStore({
    bedrock,
    client,
    tablePrefix: "test",
    clock,
    keptForMs: 90 * dayMs,
    ...parts,
  });
}

let names = 0;
const newName = () => `n${++names}`;
const newSession = (): SessionKey => ({ tenantId, actorId: "ann", sessionId: newName() });
const says = (text: string) => [{ role: "user" as const, content: [{ text }] }];

async function claimed(store: BedrockSessionStore, session: SessionKey): Promise<TurnClaim> {
  const claim = await store.claim(session, newName(), clock.now() + 60_000);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  return claim;
}

async function say(store: BedrockSessionStore, session: SessionKey, text: string): Promise<string> {
  const claim = await claimed(store, session);
  expect(await store.append(claim, says(text))).toMatchObject({ sequence: claim.sequence });
  return claim.turnId;
}

async function textsOf(store: BedrockSessionStore, session: SessionKey) {
  return (await store.turnsAfter(session, 0, 99)).map(({ messages }) => messages[0]?.content[0]?.text);
}

async function bedrockSessions() {
  const { sessionSummaries = [] } = await bedrock.send(new ListSessionsCommand({ maxResults: 1_000 }));
  return sessionSummaries;
}

/** Everything that Bedrock has, as if no table were there: each step's text, session by session. */
async function textsAtBedrock(): Promise<string[]> {
  const texts: string[] = [];
  for (const { sessionId: sessionIdentifier } of await bedrockSessions()) {
    const listed = new ListInvocationStepsCommand({ sessionIdentifier, maxResults: 1_000 });
    for (const step of (await bedrock.send(listed)).invocationStepSummaries ?? []) {
      const { invocationStep } = await bedrock.send(
        new GetInvocationStepCommand({
          sessionIdentifier,
          invocationIdentifier: step.invocationId,
          invocationStepId: step.invocationStepId,
        }),
      );
      texts.push(invocationStep?.payload?.contentBlocks?.[0]?.text ?? "");
    }
  }
  return texts;
}

test("a turn that is deleted is nowhere at Bedrock any more, and the others of its session are", async () => {
  const store = open();
  const session = newSession();
  const [, secret] = [
    await say(store, session, "one"),
    await say(store, session, "secret"),
    await say(store, session, "three"),
  ];
  expect(await store.deleteTurn(session, secret!)).toBe(true);
  expect((await textsAtBedrock()).sort()).toEqual(["one", "three"].map((text) => JSON.stringify(says(text))));
  expect(await textsOf(store, session)).toEqual(["one", "three"]);
  expect(await say(store, session, "four")).toBeDefined();
  expect((await store.turnsAfter(session, 0, 9)).map(({ sequence }) => sequence)).toEqual([1, 3, 4]);
  expect(await bedrockSessions()).toHaveLength(1);
});

test("a session goes on after an hour without a turn, in another Bedrock session, and is read as one", async () => {
  const store = open();
  const session = newSession();
  await say(store, session, "one");
  clock.advance(3_600_000);
  await say(store, session, "two");
  await say(store, session, "three");
  expect((await bedrockSessions()).map(({ sessionStatus }) => sessionStatus).sort()).toEqual([
    "ACTIVE",
    "EXPIRED",
  ]);
  expect(await textsOf(store, session)).toEqual(["one", "two", "three"]);
});

test.each(["ValidationException", "ConflictException", "ServiceQuotaExceededException"] as const)(
  "a Bedrock session that takes no more is gone on from, should AWS say so by %s",
  async (name) => {
    const store = open();
    const session = newSession();
    await say(store, session, "one");
    awsLocal.addFault({ service, kind: "error", operation: "PutInvocationStep", name });
    await say(store, session, "two");
    expect(await textsOf(store, session)).toEqual(["one", "two"]);
    expect(await bedrockSessions()).toHaveLength(2);
  },
);

test("what Bedrock refuses in a new session too is told, and its session takes the next turn", async () => {
  const store = open();
  const session = newSession();
  const claim = await claimed(store, session);
  awsLocal.addFault({
    service,
    kind: "error",
    operation: "PutInvocationStep",
    name: "ValidationException",
    count: 2,
  });
  await expect(store.append(claim, says("refused"))).rejects.toMatchObject({
    problem: { code: "upstream_rejected" },
  });
  await store.release(claim);
  awsLocal.clearFaults();
  await say(store, session, "next");
  expect(await textsOf(store, session)).toEqual(["next"]);
});

test("turns are kept for 29 days however long they should be, also the last ones of a Bedrock session", async () => {
  const store = open();
  const session = newSession();
  await say(store, session, "0");
  for (let hour = 1; hour <= 24; hour++) {
    clock.advance(3_599_999);
    await say(store, session, `${hour}`);
  }
  expect(await bedrockSessions()).toHaveLength(1);
  clock.advance(29 * dayMs - 1);
  expect(await textsOf(store, session)).toEqual(["24"]);
  clock.advance(1);
  expect(await textsOf(store, session)).toEqual([]);
  expect(await store.find(session)).toBeUndefined();
});

test("a turn of more than a step can hold is kept in several, never cut within a character", async () => {
  const store = open({ stepBytes: 10 });
  const session = newSession();
  await say(store, session, "é😀".repeat(20));
  expect((await textsAtBedrock()).length).toBeGreaterThan(10);
  expect(await textsOf(store, session)).toEqual(["é😀".repeat(20)]);
});

test("calls whose answers are lost, or are throttled, are made again: one turn is kept, and forgotten whole", async () => {
  const store = open();
  const session = newSession();
  for (const operation of ["CreateSession", "CreateInvocation", "PutInvocationStep"]) {
    awsLocal.addFault({ service, kind: "lostAnswer", operation });
    awsLocal.addFault({ service, kind: "throttle", operation });
  }
  const turnId = await say(store, session, "once");
  expect(await textsOf(store, session)).toEqual(["once"]);
  expect(await textsAtBedrock()).toHaveLength(2);
  awsLocal.addFault({ service, kind: "lostAnswer", operation: "DeleteSession" });
  await store.deleteTurn(session, turnId);
  expect(await textsAtBedrock()).toEqual([]);
});

test("a failed deletion is told, is not counted as done, and is finished by the next", async () => {
  const store = open();
  const session = newSession();
  await say(store, session, "secret");
  const fault = {
    service,
    kind: "error",
    operation: "DeleteSession",
    name: "AccessDeniedException",
  } as const;
  awsLocal.addFault(fault);
  const scope = { kind: "session", actorId: "ann", sessionId: session.sessionId } as const;
  await expect(store.deleteSession(session)).rejects.toMatchObject({
    problem: { code: "upstream_rejected" },
  });
  expect(await store.find(session)).toBeUndefined();
  expect((await store.stored(tenantId, scope)).other).toBeGreaterThan(0);
  await store.deleteSession(session);
  expect(await textsAtBedrock()).toEqual([]);
  expect(await store.stored(tenantId, scope)).toMatchObject({ sessions: 0, turns: 0, other: 0 });
});

test("while turns are said and deleted at once, none that is kept is lost and none that is deleted stays", async () => {
  const plan = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }), {
    minLength: 1,
    maxLength: 3,
  });
  await fc.assert(
    fc.asyncProperty(plan, async (rounds) => {
      const session = newSession();
      const kept = new Map<string, string>();
      for (const victims of rounds) {
        const ids = [...kept.keys()];
        const doomed = [...new Set(victims.map((at) => ids[at]).filter((id) => id !== undefined))];
        const text = newName();
        const [turnId] = await Promise.all([
          say(open(), session, text),
          ...doomed.map((id) => open().deleteTurn(session, id)),
        ]);
        kept.set(turnId, text);
        for (const id of doomed) {
          kept.delete(id);
        }
      }
      expect(await textsOf(open(), session)).toEqual([...kept.values()]);
      const atBedrock = await textsAtBedrock();
      expect([...new Set(atBedrock)].sort()).toEqual(
        [...kept.values()].map((text) => JSON.stringify(says(text))).sort(),
      );
      await open().deleteSession(session);
      expect(await textsAtBedrock()).toEqual([]);
    }),
    { numRuns: 10 },
  );
});
