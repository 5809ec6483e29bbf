/** Long-term memory in answers: what an actor told in one session is known in the next, to nobody else, and until it is forgotten. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ensureMemory } from "@caprock/memory/agentcore";
import { createLocalQueues } from "@caprock/memory/sqs";
import { createAgentCoreControlClient, createSqsClient, localCredentials } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { expectBooksToBalance, until } from "../platform/accounting.ts";
import type { Child } from "../platform/child.ts";
import { type Api, type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const timeout = { timeout: 60_000 };
const model = "us.amazon.nova-lite-v1:0";

let platform: Platform;
let api: Api;
let bedrock: Server;
let memory: Record<string, string>;
let settings: Record<string, string>;
/** What Bedrock was asked, by Caprock's request id. */
const prompts = new Map<string, string>();

beforeAll(async () => {
  platform = await startPlatform();
  const access = { region: "us-east-1", endpoint: platform.awsLocal.url, credentials: localCredentials };
  const control = createAgentCoreControlClient(access);
  const sqs = createSqsClient(access);
  const memoryId = await ensureMemory(control, "caprock_test");
  const { queueUrl } = await createLocalQueues(sqs, "test");
  control.destroy();
  sqs.destroy();
  memory = { CAPROCK_MEMORY_ID: memoryId, CAPROCK_MEMORY_QUEUE_URL: queueUrl };
  bedrock = await startBedrock();
  settings = {
    ...memory,
    CAPROCK_RECALL_DEADLINE_MS: "2000",
    CAPROCK_MEMORY_DEADLINE_MS: "3000",
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: `http://127.0.0.1:${(bedrock.address() as AddressInfo).port}`,
  };
  api = await platform.startApi(settings);
}, timeout.timeout);
beforeEach(() => platform.awsLocal.clearFaults());
afterAll(async () => {
  bedrock?.closeAllConnections();
  bedrock?.close();
  await platform?.close();
});

/** The local Bedrock, read along. */
async function startBedrock(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    const { requestMetadata, messages } = JSON.parse(body.toString());
    prompts.set(requestMetadata.caprock_request, JSON.stringify(messages));
    const answer = await fetch(`${platform.awsLocal.url}${request.url}`, {
      method: "POST",
      headers: { authorization: String(request.headers.authorization), "content-type": "application/json" },
      body,
    });
    response
      .writeHead(answer.status, { "content-type": String(answer.headers.get("content-type")) })
      .end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function tenantWithMemory(): Promise<TestTenant> {
  const tenant = await platform.createTenant();
  await admin("PATCH", `/tenants/${tenant.id}`, { contextPolicy: { memory: true } });
  return tenant;
}

async function admin(method: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetch(`${api.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${platform.adminToken}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

interface Said {
  readonly actor?: string;
  readonly policy?: object;
  readonly by?: Api;
}

/** Says something in a session, and tells what Bedrock was asked and what the report says of memory. */
async function say(
  { apiKey }: TestTenant,
  session: string,
  content: string,
  { actor = "ann", policy, by = api }: Said = {},
) {
  const answer = await fetch(`${by.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${apiKey}`,
      "x-caprock-session": session,
      "x-caprock-actor": actor,
      "x-caprock-report": "context",
      ...(policy && { "x-caprock-context": JSON.stringify(policy) }),
    },
    body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
  });
  expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining("simulated")]);
  const report = JSON.parse(answer.headers.get("x-caprock-context-report") ?? "{}");
  return {
    prompt: prompts.get(answer.headers.get("x-request-id") ?? "") ?? "",
    memory: report.memory as { notes: number; failed: string[]; late: string[] } | undefined,
  };
}

async function stop(worker: Child): Promise<void> {
  worker.signal("SIGTERM");
  expect(await worker.ended).toBe(0);
}

/** A line of an export. */
interface Exported {
  readonly object: string;
}

async function exported({ apiKey }: TestTenant, actor = "ann"): Promise<readonly Exported[]> {
  const answer = await fetch(`${api.url}/v1/actors/${actor}/export`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  return (await answer.text())
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/** The numbers of the turns of each event that long-term memory has of an actor. */
async function takenIn(tenant: TestTenant): Promise<readonly number[][]> {
  const events = (await exported(tenant)).filter(({ object }) => object === "memory.event");
  return events.map((event) =>
    [...JSON.stringify(event).matchAll(/"sequence":(\d+)/g)].map(([, one]) => Number(one)),
  );
}

/** The records of an actor, as its tenant reads them. */
async function remembered({ apiKey }: TestTenant, actor = "ann"): Promise<string> {
  const answer = await fetch(`${api.url}/v1/actors/${actor}/memories`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect(answer.status).toBe(200);
  return answer.text();
}

const fact = "My dog is called Rex.";

test(
  "what an actor tells in one session is asked along in the next, and nobody else's answer has it",
  timeout,
  async () => {
    const [tenant, other] = [await tenantWithMemory(), await tenantWithMemory()];
    const worker = await platform.startWorker(memory);
    expect((await say(tenant, "one", fact)).memory).toMatchObject({ notes: 0, failed: [], late: [] });
    await until(async () =>
      (await say(tenant, "two", "What is my dog called?")).prompt.includes(`fact: ${fact}`),
    );
    expect((await say(tenant, "one-bob", "What is my dog called?", { actor: "bob" })).prompt).not.toContain(
      "Rex",
    );
    expect((await say(other, "two", "What is my dog called?")).prompt).not.toContain("Rex");
    const off = await say(tenant, "three", "What is my dog called?", { policy: { memory: false } });
    expect(off.memory).toBeUndefined();
    expect(off.prompt).not.toContain("Rex");
    await stop(worker);
    await expectBooksToBalance(platform, tenant.id);
  },
);

test(
  "a session is taken in at most once in a delay, and what is not in yet is known all the same",
  timeout,
  async () => {
    const tenant = await tenantWithMemory();
    const worker = await platform.startWorker(memory);
    const delayMs = 3_000;
    const by = await platform.startApi({ ...settings, CAPROCK_INGESTION_DELAY_MS: `${delayMs}` });
    const beganAtMs = Date.now();
    await say(tenant, "one", fact, { by });
    expect((await say(tenant, "two", "What is my dog called?", { by })).prompt).toContain("Rex");
    for (let index = 2; index <= 5; index += 1) {
      await say(tenant, "one", `Note ${index}.`, { by });
    }
    const mostEvents = 1 + Math.floor((Date.now() - beganAtMs) / delayMs);
    await until(async () => (await takenIn(tenant)).flat().length === 6);
    expect((await takenIn(tenant)).length).toBeLessThanOrEqual(2 * mostEvents);
    await stop(worker);
    await expectBooksToBalance(platform, tenant.id);
  },
);

test(
  "what is said with memory off stays in its session, and so does what is said by nobody in particular",
  timeout,
  async () => {
    const tenant = await tenantWithMemory();
    const worker = await platform.startWorker(memory);
    await say(tenant, "one", "My cat is called Tom.", { policy: { memory: false } });
    expect((await say(tenant, "nobody", fact, { actor: "default" })).memory).toBeUndefined();
    await say(tenant, "one", "I am from Bern.");
    await until(async () => (await remembered(tenant)).includes("I am from Bern."));
    expect(await remembered(tenant)).not.toContain("Tom");
    expect(await remembered(tenant, "default")).not.toContain("Rex");
    // No question: the simulated model answers those with what it finds, and its answers are remembered.
    expect((await say(tenant, "one", "Tell me what my cat is called.")).prompt).toContain("Tom");
    expect((await say(tenant, "two", "What is my cat called?")).prompt).not.toContain("Tom");
    const unnamed = await say(tenant, "nobody-else", "What is my dog called?", { actor: "default" });
    expect(unnamed.prompt).not.toContain("Rex");
    await stop(worker);
    await expectBooksToBalance(platform, tenant.id);
  },
);

test(
  "a memory that fails, or is slow, changes no answer, and the report tells what is missing",
  timeout,
  async () => {
    const tenant = await tenantWithMemory();
    platform.awsLocal.addFault({ service: "agentcore", kind: "unavailable", count: 50 });
    expect((await say(tenant, "one", "What is my dog called?")).memory).toMatchObject({
      failed: expect.arrayContaining(["records"]),
    });
    platform.awsLocal.clearFaults();
    platform.awsLocal.addFault({ service: "agentcore", kind: "delay", delayMs: 10_000, count: 50 });
    expect((await say(tenant, "one", "What is my dog called?")).memory).toMatchObject({
      late: expect.arrayContaining(["records"]),
    });
    const listed = await fetch(`${api.url}/v1/actors/ann/memories`, {
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    });
    expect([listed.status, await listed.text()]).toEqual([504, expect.stringContaining("upstream_timeout")]);
    platform.awsLocal.clearFaults();
    await expectBooksToBalance(platform, tenant.id);
  },
);

test(
  "an actor that is forgotten is forgotten everywhere, and the proof says what there was",
  timeout,
  async () => {
    const tenant = await tenantWithMemory();
    const worker = await platform.startWorker(memory);
    await say(tenant, "one", fact);
    await until(async () => JSON.stringify(await exported(tenant)).includes("memory.record"));
    await stop(worker);
    const answer = await fetch(`${api.url}/v1/actors/ann`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${tenant.apiKey}` },
    });
    const proof = (await answer.json()) as { complete: boolean; removed: { longTermMemory: object } };
    expect(proof.complete).toBe(true);
    expect(proof.removed.longTermMemory).toMatchObject({ events: 1, records: expect.any(Number) });
    expect(await exported(tenant)).toEqual([]);
    expect((await say(tenant, "new", "What is my dog called?")).prompt).not.toContain("Rex");
  },
);

test("a worker that is killed in the middle loses nothing and doubles nothing", timeout, async () => {
  const tenant = await tenantWithMemory();
  const hasty = { ...memory, CAPROCK_HOLD_TTL_MS: "8000" };
  const first = await platform.startWorker(hasty);
  for (let index = 1; index <= 12; index += 1) {
    await say(tenant, "one", `Note ${index}.`);
    if (index === 6) {
      first.signal("SIGKILL");
      await first.ended;
    }
  }
  const second = await platform.startWorker(hasty);
  /** The numbers of the turns that long-term memory has, each as often as it has it. */
  const taken = async () => (await takenIn(tenant)).flat().sort((a, b) => a - b);
  await until(async () => new Set(await taken()).size === 12);
  expect(await taken()).toEqual(Array.from({ length: 12 }, (_, index) => index + 1));
  // It settles what the first one held for.
  await expectBooksToBalance(platform, tenant.id);
  await stop(second);
});
