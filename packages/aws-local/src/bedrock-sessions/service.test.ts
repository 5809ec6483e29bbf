import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type BedrockAgentRuntimeClient,
  ConflictException,
  CreateInvocationCommand,
  CreateSessionCommand,
  DeleteSessionCommand,
  EndSessionCommand,
  GetInvocationStepCommand,
  GetSessionCommand,
  InternalServerException,
  ListInvocationStepsCommand,
  ListInvocationsCommand,
  ListSessionsCommand,
  PutInvocationStepCommand,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  ThrottlingException,
  UpdateSessionCommand,
  ValidationException,
} from "@aws-sdk/client-bedrock-agent-runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { bedrockAgentRuntimeClient } from "../test-clients.ts";

const startMs = Date.parse("2026-11-26T12:00:00Z");
const uuid = "0123abcd-0123-4567-89ab-0123456789ab";
let folder: string;
let local: AwsLocal;
let client: BedrockAgentRuntimeClient;
let nowMs = startMs;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  nowMs = startMs;
  await start();
});
afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function start() {
  local = await startAwsLocal({ dataFolder: folder, nowMs: () => nowMs });
  client = bedrockAgentRuntimeClient(local.url);
}

async function stop() {
  client.destroy();
  await local.close();
}

/** A session with one invocation. */
async function opened() {
  const { sessionId: sessionIdentifier = "" } = await client.send(new CreateSessionCommand({}));
  const { invocationId: invocationIdentifier = "" } = await client.send(
    new CreateInvocationCommand({ sessionIdentifier }),
  );
  return { sessionIdentifier, invocationIdentifier };
}
type Opened = Awaited<ReturnType<typeof opened>>;

async function put(where: Opened, text: string, invocationStepId?: string): Promise<string> {
  const step = await client.send(
    new PutInvocationStepCommand({
      ...where,
      invocationStepId,
      invocationStepTime: new Date(nowMs),
      payload: { contentBlocks: [{ text }] },
    }),
  );
  return step.invocationStepId ?? "";
}

test("a session gives back its steps whole, lists them newest first in pages, and keeps all that over a restart", async () => {
  const where = await opened();
  await client.send(new UpdateSessionCommand({ ...where, sessionMetadata: { tenant: "t1" } }));
  const ids = [];
  for (const text of ["one", "two", "three"]) {
    nowMs += 1_000;
    ids.push(await put(where, text));
  }
  await stop();
  await start();
  const session = await client.send(new GetSessionCommand(where));
  expect(session).toMatchObject({
    sessionStatus: "ACTIVE",
    createdAt: new Date(startMs),
    lastUpdatedAt: new Date(nowMs),
    sessionMetadata: { tenant: "t1" },
    sessionArn: `arn:aws:bedrock:us-east-1:000000000000:session/${where.sessionIdentifier}`,
  });
  const step = new GetInvocationStepCommand({ ...where, invocationStepId: ids[1] });
  expect((await client.send(step)).invocationStep).toMatchObject({
    invocationId: where.invocationIdentifier,
    invocationStepTime: new Date(startMs + 2_000),
    payload: { contentBlocks: [{ text: "two" }] },
  });
  const first = await client.send(new ListInvocationStepsCommand({ ...where, maxResults: 2 }));
  const rest = await client.send(new ListInvocationStepsCommand({ ...where, nextToken: first.nextToken }));
  const listed = [first, rest].flatMap(({ invocationStepSummaries = [] }) => invocationStepSummaries);
  expect(listed.map(({ invocationStepId }) => invocationStepId)).toEqual([...ids].reverse());
  expect(rest.nextToken).toBeUndefined();
  const { invocationSummaries } = await client.send(new ListInvocationsCommand(where));
  expect(invocationSummaries).toMatchObject([{ invocationId: where.invocationIdentifier }]);
  const byArn = { ...where, sessionIdentifier: session.sessionArn };
  expect((await client.send(new GetSessionCommand(byArn))).sessionId).toBe(where.sessionIdentifier);
});

test("a session takes no more once it is ended or was idle for an hour, can still be read, and goes with all that is in it", async () => {
  const [ended, idle] = [await opened(), await opened()];
  const stepId = await put(ended, "kept");
  await expect(client.send(new DeleteSessionCommand(ended))).rejects.toThrow(ConflictException);
  expect(await client.send(new EndSessionCommand(ended))).toMatchObject({ sessionStatus: "ENDED" });
  nowMs += 3_600_000;
  expect(await client.send(new GetSessionCommand(idle))).toMatchObject({ sessionStatus: "EXPIRED" });
  for (const where of [ended, idle]) {
    await expect(put(where, "late")).rejects.toThrow(ConflictException);
    await expect(client.send(new CreateInvocationCommand(where))).rejects.toThrow(ConflictException);
  }
  const step = new GetInvocationStepCommand({ ...ended, invocationStepId: stepId });
  expect((await client.send(step)).invocationStep?.payload).toEqual({ contentBlocks: [{ text: "kept" }] });
  await client.send(new DeleteSessionCommand(ended));
  await expect(client.send(step)).rejects.toThrow(ResourceNotFoundException);
  await expect(client.send(new GetSessionCommand(ended))).rejects.toThrow(ResourceNotFoundException);
});

test("a session is gone 30 days after it was made", async () => {
  const where = await opened();
  nowMs += 30 * 86_400_000;
  await expect(client.send(new GetSessionCommand(where))).rejects.toThrow(ResourceNotFoundException);
  expect((await client.send(new ListSessionsCommand({}))).sessionSummaries).toEqual([]);
});

test("ids are used once, and a session holds a thousand steps", async () => {
  const where = await opened();
  const again = new CreateInvocationCommand({ ...where, invocationId: where.invocationIdentifier });
  await expect(client.send(again)).rejects.toThrow(ConflictException);
  await put(where, "one", uuid);
  await expect(put(where, "two", uuid)).rejects.toThrow(ConflictException);
  // Without the SDK, which would make seconds of it.
  const body = JSON.stringify({
    invocationIdentifier: where.invocationIdentifier,
    invocationStepTime: new Date(nowMs),
    payload: { contentBlocks: [{ text: "more" }] },
  });
  for (let step = 1; step < 1_000; step++) {
    const path = `/sessions/${where.sessionIdentifier}/invocationSteps/`;
    expect((await fetch(`${local.url}${path}`, { method: "PUT", body })).status).toBe(201);
  }
  await expect(put(where, "too many")).rejects.toThrow(ServiceQuotaExceededException);
});

test.each([
  [new GetSessionCommand({ sessionIdentifier: "no-uuid" }), ValidationException],
  [new GetSessionCommand({ sessionIdentifier: uuid }), ResourceNotFoundException],
  [new CreateSessionCommand({ sessionMetadata: { ["k".repeat(101)]: "v" } }), ValidationException],
  [new ListSessionsCommand({ maxResults: 1_001 }), ValidationException],
  [new ListSessionsCommand({ nextToken: "none" }), ValidationException],
])("case %# is refused by name", async (command, error) => {
  await expect(client.send(command as GetSessionCommand)).rejects.toThrow(error);
});

test("a step must have content, and a session and an invocation that are there", async () => {
  const where = await opened();
  await expect(put(where, "")).rejects.toThrow(ValidationException);
  await expect(put({ ...where, invocationIdentifier: uuid }, "x")).rejects.toThrow(ResourceNotFoundException);
  const other = await opened();
  const stepId = await put(where, "mine");
  const elsewhere = new GetInvocationStepCommand({ ...other, invocationStepId: stepId });
  await expect(client.send(elsewhere)).rejects.toThrow(ResourceNotFoundException);
});

test("faults strike the named operation; an answer that is lost was carried out", async () => {
  const where = await opened();
  const service = "bedrock-sessions";
  local.addFault({ service, kind: "throttle", operation: "PutInvocationStep" });
  await expect(put(where, "throttled")).rejects.toThrow(ThrottlingException);
  local.addFault({ service, kind: "error" });
  await expect(put(where, "failed")).rejects.toThrow(InternalServerException);
  local.addFault({ service, kind: "error", name: "ValidationException" });
  await expect(put(where, "refused")).rejects.toThrow(ValidationException);
  local.addFault({ service, kind: "lostAnswer" });
  await expect(put(where, "lost", uuid)).rejects.toThrow();
  const { invocationStepSummaries } = await client.send(new ListInvocationStepsCommand(where));
  expect(invocationStepSummaries).toMatchObject([{ invocationStepId: uuid }]);
});
