import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BatchCreateMemoryRecordsCommand,
  BatchDeleteMemoryRecordsCommand,
  BatchUpdateMemoryRecordsCommand,
  type BedrockAgentCoreClient,
  CreateEventCommand,
  type CreateEventCommandInput,
  DeleteEventCommand,
  DeleteMemoryRecordCommand,
  GetEventCommand,
  GetMemoryRecordCommand,
  ListActorsCommand,
  ListEventsCommand,
  ListMemoryExtractionJobsCommand,
  ListMemoryRecordsCommand,
  ListSessionsCommand,
  ResourceNotFoundException,
  RetrieveMemoryRecordsCommand,
  RetryableConflictException,
  ServiceQuotaExceededException,
  StartMemoryExtractionJobCommand,
  ThrottledException,
  ValidationException,
} from "@aws-sdk/client-bedrock-agentcore";
import {
  type BedrockAgentCoreControlClient,
  CreateMemoryCommand,
  DeleteMemoryCommand,
  GetMemoryCommand,
  ListMemoriesCommand,
  UpdateMemoryCommand,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { agentCoreClient, agentCoreControlClient } from "../test-clients.ts";

let folder: string;
let local: AwsLocal;
let client: BedrockAgentCoreClient;
let control: BedrockAgentCoreControlClient;
let nowMs = Date.parse("2026-11-26T12:00:00Z");
let memoryId: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  await start();
  const { memory } = await control.send(
    new CreateMemoryCommand({
      name: "caprock",
      eventExpiryDuration: 30,
      memoryStrategies: [
        { semanticMemoryStrategy: { name: "facts", namespaceTemplates: ["/actors/{actorId}/facts"] } },
        { userPreferenceMemoryStrategy: { name: "likes", namespaceTemplates: ["actors/{actorId}/likes/"] } },
        {
          summaryMemoryStrategy: {
            name: "summaries",
            namespaceTemplates: ["/actors/{actorId}/sessions/{sessionId}/summary/"],
          },
        },
        {
          episodicMemoryStrategy: {
            name: "episodes",
            namespaceTemplates: ["/actors/{actorId}/episodes/{sessionId}/"],
            reflectionConfiguration: { namespaceTemplates: ["/actors/{actorId}/episodes/"] },
          },
        },
      ],
    }),
  );
  memoryId = memory?.id ?? "";
});
afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function start() {
  local = await startAwsLocal({ dataFolder: folder, nowMs: () => nowMs });
  client = agentCoreClient(local.url);
  control = agentCoreControlClient(local.url);
}

async function stop() {
  client.destroy();
  control.destroy();
  await local.close();
}

const said = (text: string, role: "USER" | "ASSISTANT" = "USER") => ({
  conversational: { role, content: { text } },
});

async function say(text: string, more: Partial<CreateEventCommandInput> = {}) {
  const input = {
    memoryId,
    actorId: "ann",
    sessionId: "s1",
    eventTimestamp: new Date(nowMs),
    payload: [said(text)],
  };
  return (await client.send(new CreateEventCommand({ ...input, ...more }))).event;
}

async function recordsAt(query: { namespace?: string; namespacePath?: string }) {
  const { memoryRecordSummaries = [] } = await client.send(
    new ListMemoryRecordsCommand({ memoryId, ...query }),
  );
  return memoryRecordSummaries;
}

const at = { actorId: "ann", sessionId: "s1" };

test("a memory is created with normalised namespaces, listed, changed and deleted with all that it holds", async () => {
  local.setAgentCore({ settlingMs: 60_000 });
  const { memory } = await control.send(new CreateMemoryCommand({ name: "second", eventExpiryDuration: 7 }));
  expect(memory).toMatchObject({ status: "CREATING", id: expect.stringMatching(/^second-[a-zA-Z0-9]{10}$/) });
  await expect(say("too early", { memoryId: memory?.id })).rejects.toMatchObject({
    name: "ConflictException",
  });
  nowMs += 60_000;
  const { memory: first } = await control.send(new GetMemoryCommand({ memoryId }));
  expect(first?.strategies?.map(({ type, namespaceTemplates }) => [type, namespaceTemplates])).toEqual([
    ["SEMANTIC", ["/actors/{actorId}/facts/"]],
    ["USER_PREFERENCE", ["/actors/{actorId}/likes/"]],
    ["SUMMARIZATION", ["/actors/{actorId}/sessions/{sessionId}/summary/"]],
    ["EPISODIC", ["/actors/{actorId}/episodes/{sessionId}/"]],
  ]);
  const { memories } = await control.send(new ListMemoriesCommand({}));
  expect(memories?.map(({ id }) => id)).toEqual([memoryId, memory?.id]);
  await say("My name is Ann.");
  const gone = first?.strategies?.[0]?.strategyId ?? "";
  const updated = await control.send(
    new UpdateMemoryCommand({
      memoryId,
      eventExpiryDuration: 90,
      memoryStrategies: { deleteMemoryStrategies: [{ memoryStrategyId: gone }] },
    }),
  );
  expect(updated.memory).toMatchObject({ status: "UPDATING", eventExpiryDuration: 90 });
  nowMs += 60_000;
  await control.send(new DeleteMemoryCommand({ memoryId }));
  await expect(say("again")).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test("a namespace variable that nothing fills is refused when the memory is created", async () => {
  const strategy = { name: "x", namespaceTemplates: ["/tenants/{tenantId}/actors/{actorId}/"] };
  const create = new CreateMemoryCommand({
    name: "unresolved",
    eventExpiryDuration: 7,
    memoryStrategies: [{ semanticMemoryStrategy: strategy }],
  });
  await expect(control.send(create)).rejects.toMatchObject({ name: "ValidationException" });
});

test("events are read back, listed newest first by page, and deleted; they outlive the process", async () => {
  const first = await say("one", { metadata: { part: { stringValue: "1" } } });
  nowMs += 1_000;
  await say("two", { payload: [said("two"), { blob: { tool: { calls: [1, 2] } } }] });
  await stop();
  await start();
  const page = await client.send(
    new ListEventsCommand({ memoryId, ...at, includePayloads: true, maxResults: 1 }),
  );
  expect(page.events?.[0]?.payload).toEqual([said("two"), { blob: { tool: { calls: [1, 2] } } }]);
  const rest = await client.send(new ListEventsCommand({ memoryId, ...at, nextToken: page.nextToken }));
  expect(rest.events?.map(({ eventId }) => eventId)).toEqual([first?.eventId]);
  expect(rest.nextToken).toBeUndefined();
  const filter = {
    eventMetadata: [
      {
        left: { metadataKey: "part" },
        operator: "EQUALS_TO" as const,
        right: { metadataValue: { stringValue: "1" } },
      },
    ],
  };
  const found = await client.send(new ListEventsCommand({ memoryId, ...at, filter }));
  expect(found.events).toHaveLength(1);
  const { event } = await client.send(new GetEventCommand({ memoryId, ...at, eventId: first?.eventId }));
  expect(event?.payload).toEqual([said("one")]);
  const elsewhere = new GetEventCommand({ memoryId, ...at, sessionId: "s2", eventId: first?.eventId });
  await expect(client.send(elsewhere)).rejects.toMatchObject({ reason: "EventInOtherSession" });
  await client.send(new DeleteEventCommand({ memoryId, ...at, eventId: first?.eventId }));
  expect((await client.send(new ListEventsCommand({ memoryId, ...at }))).events).toHaveLength(1);
  expect(
    (await client.send(new ListSessionsCommand({ memoryId, actorId: "ann" }))).sessionSummaries,
  ).toMatchObject([{ sessionId: "s1" }]);
  expect((await client.send(new ListActorsCommand({ memoryId }))).actorSummaries).toEqual([
    { actorId: "ann" },
  ]);
  nowMs += 31 * 86_400_000;
  expect((await client.send(new ListActorsCommand({ memoryId }))).actorSummaries).toEqual([]);
});

test("a client token makes an event once, whatever is sent with it again", async () => {
  const first = await say("one", { clientToken: "t-1" });
  const again = await say("other", { clientToken: "t-1" });
  expect(again).toEqual(first);
  expect((await client.send(new ListEventsCommand({ memoryId, ...at }))).events).toHaveLength(1);
});

test("the witness counts by tenant what AWS would bill, also over a restart", async () => {
  const actorId = "t1/actors/ann";
  await say("one", { actorId, clientToken: "t-1" });
  await say("one", { actorId, clientToken: "t-1" });
  await say("rest", { actorId, metadata: { storedAgain: { stringValue: "true" } } });
  await say("two", { actorId: "t2/actors/ann" });
  await expect(say("three", { actorId, sessionId: "no name" })).rejects.toThrow(ValidationException);
  const searchCriteria = { searchQuery: "one" };
  const namespacePath = "/tenants/t1/actors/ann/";
  await client.send(new RetrieveMemoryRecordsCommand({ memoryId, namespacePath, searchCriteria }));
  await stop();
  await start();
  expect(local.witness({ tenant: "t1" }).memory).toEqual({ events: 1, storedAgain: 1, retrievals: 1 });
  expect(local.witness().memory).toEqual({ events: 2, storedAgain: 1, retrievals: 1 });
});

test("records appear after the lag, by strategy, say that they are simulated, and newer facts replace older", async () => {
  local.setAgentCore({ extractionLagMs: 60_000 });
  await say("My dog's name is Rex. I prefer short answers. Hello!");
  expect(await recordsAt({ namespacePath: "/actors/ann/" })).toEqual([]);
  nowMs += 60_000;
  const texts = async (namespace: string) =>
    (await recordsAt({ namespace })).map(({ content }) => content?.text);
  expect(await texts("/actors/ann/facts/")).toEqual(["My dog's name is Rex."]);
  expect(JSON.parse((await texts("/actors/ann/likes/"))[0] ?? "")).toMatchObject({
    preference: "I prefer short answers.",
  });
  expect(await texts("/actors/ann/sessions/s1/summary/")).toHaveLength(1);
  expect(await texts("/actors/ann/episodes/s1/")).toHaveLength(1);
  expect((await recordsAt({ namespace: "/actors/ann/facts/" }))[0]?.metadata).toHaveProperty("simulated");
  await say("My dog's name is Bello.");
  nowMs += 60_000;
  expect(await texts("/actors/ann/facts/")).toEqual(["My dog's name is Bello."]);
  await say("I am skipped.", { extractionMode: "SKIP" });
  await say("x", { payload: [{ blob: "I am a blob." }] });
  nowMs += 60_000;
  expect(await texts("/actors/ann/facts/")).toHaveLength(1);
});

test("namespace matches a prefix of characters, namespacePath whole steps of the hierarchy", async () => {
  await say("I am Ann.");
  await say("I am Anna.", { actorId: "anna" });
  expect(await recordsAt({ namespace: "/actors/ann" })).toHaveLength(6);
  expect(await recordsAt({ namespacePath: "/actors/ann" })).toHaveLength(3);
  const search = (searchQuery: string) =>
    client.send(
      new RetrieveMemoryRecordsCommand({
        memoryId,
        namespacePath: "/actors/ann/facts/",
        searchCriteria: { searchQuery, topK: 1 },
      }),
    );
  expect((await search("who am I? Ann?")).memoryRecordSummaries).toMatchObject([
    { content: { text: "I am Ann." }, score: 0.75 },
  ]);
  const neither = new ListMemoryRecordsCommand({ memoryId });
  await expect(client.send(neither)).rejects.toBeInstanceOf(ValidationException);
});

test("batches of records fail in part with HTTP 2xx", async () => {
  local.setAgentCore({ failRecords: 1 });
  const record = (requestIdentifier: string) => ({
    requestIdentifier,
    namespaces: ["/actors/ann/facts/"],
    content: { text: requestIdentifier },
    timestamp: new Date(nowMs),
  });
  const made = await client.send(
    new BatchCreateMemoryRecordsCommand({ memoryId, records: [record("a"), record("b")] }),
  );
  expect(made.failedRecords).toMatchObject([{ requestIdentifier: "a", status: "FAILED", errorCode: 500 }]);
  const [b] = made.successfulRecords ?? [];
  const memoryRecordId = b?.memoryRecordId ?? "";
  await client.send(
    new BatchUpdateMemoryRecordsCommand({
      memoryId,
      records: [{ memoryRecordId, timestamp: new Date(nowMs), content: { text: "B" } }],
    }),
  );
  const { memoryRecord } = await client.send(new GetMemoryRecordCommand({ memoryId, memoryRecordId }));
  expect(memoryRecord?.content?.text).toBe("B");
  const unknown = `mem-${"0".repeat(36)}`;
  const gone = await client.send(
    new BatchDeleteMemoryRecordsCommand({
      memoryId,
      records: [{ memoryRecordId }, { memoryRecordId: unknown }],
    }),
  );
  expect(gone).toMatchObject({
    successfulRecords: [{ memoryRecordId }],
    failedRecords: [{ memoryRecordId: unknown, errorCode: 404 }],
  });
  await expect(
    client.send(new DeleteMemoryRecordCommand({ memoryId, memoryRecordId })),
  ).rejects.toBeInstanceOf(ResourceNotFoundException);
});

test("a failed extraction is listed and can be started again", async () => {
  local.setAgentCore({ failExtractions: 1 });
  await say("I am Ann.");
  const list = async () => (await client.send(new ListMemoryExtractionJobsCommand({ memoryId }))).jobs ?? [];
  const jobs = await list();
  expect(jobs).toHaveLength(4);
  expect(jobs[0]).toMatchObject({ status: "FAILED", actorId: "ann" });
  for (const { jobID } of jobs) {
    await client.send(new StartMemoryExtractionJobCommand({ memoryId, extractionJob: { jobId: jobID } }));
  }
  expect(await list()).toEqual([]);
  expect(await recordsAt({ namespacePath: "/actors/ann/" })).toHaveLength(3);
});

test("five conversational events a second of one session and ten of the account are taken, more are throttled", async () => {
  for (let count = 0; count < 5; count++) {
    await say("hi");
  }
  await expect(say("hi")).rejects.toBeInstanceOf(ThrottledException);
  nowMs += 1_000;
  for (let count = 0; count < 10; count++) {
    await say("hi", { sessionId: `other-${count}` });
  }
  await expect(say("hi", { sessionId: "new" })).rejects.toMatchObject({ $metadata: { httpStatusCode: 429 } });
});

test("sizes and patterns beyond AgentCore's are refused, and faults strike as asked", async () => {
  await expect(say("x".repeat(100_001))).rejects.toBeInstanceOf(ValidationException);
  const many = Array.from({ length: 101 }, () => said("x"));
  await expect(say("", { payload: many })).rejects.toBeInstanceOf(ValidationException);
  await expect(say("x", { actorId: "has space" })).rejects.toBeInstanceOf(ValidationException);
  await expect(say("x", { sessionId: "a/b" })).rejects.toBeInstanceOf(ValidationException);
  for (const [path, body] of [
    ["/memories/%zz/events", "{}"],
    [`/memories/${memoryId}/events`, "{"],
  ] as const) {
    expect((await fetch(`${local.url}${path}`, { method: "POST", body })).status, path).toBe(400);
  }
  local.addFault({ service: "agentcore", kind: "throttle", operation: "CreateEvent" });
  await expect(say("x")).rejects.toBeInstanceOf(ThrottledException);
  local.addFault({ service: "agentcore", kind: "error", name: "ServiceQuotaExceededException" });
  await expect(say("x")).rejects.toBeInstanceOf(ServiceQuotaExceededException);
  local.addFault({ service: "agentcore", kind: "error", name: "RetryableConflictException" });
  await expect(say("x")).rejects.toBeInstanceOf(RetryableConflictException);
});
