/** Turns that one item of the session store cannot hold: over the wire, with S3 down, slow and damaged, and killed between. */
import type { ForgetProofView, ListedTurnsView } from "@caprock/contract";
import { S3TurnBodies } from "@caprock/memory/s3";
import { createS3Client, localCredentials } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance, until } from "../platform/accounting.ts";
import {
  type Api,
  type Platform,
  startPlatform,
  type TestTenant,
  turnBodiesBucket,
} from "../platform/start-platform.ts";

/** Its window has room for a megabyte of text. */
const model = "us.amazon.nova-2-lite-v1:0";
const named = { "x-caprock-session": "chat", "x-caprock-actor": "ann" };
const long = (text: string) => `${text} ${"All work and no play makes Jack a dull boy. ".repeat(24_000)}`;

let platform: Platform;
let first: Api;
let second: Api;
let bodies: S3TurnBodies;
let s3: ReturnType<typeof createS3Client>;

beforeAll(async () => {
  platform = await startPlatform({
    apis: 2,
    environment: { CAPROCK_SESSION_LEASE_MS: "1000", CAPROCK_HOLD_TTL_MS: "4000" },
  });
  [first, second] = platform.apis as [Api, Api];
  s3 = createS3Client({
    region: "us-east-1",
    endpoint: platform.awsLocal.url,
    credentials: localCredentials,
  });
  bodies = new S3TurnBodies(s3, turnBodiesBucket);
  await platform.startWorker();
});
afterAll(async () => {
  s3?.destroy();
  await platform?.close();
});

function say(api: Api, { apiKey }: TestTenant, content: string): Promise<Response> {
  return fetch(`${api.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, ...named },
    body: JSON.stringify({ model, max_tokens: 20, messages: [{ role: "user", content }] }),
  });
}

async function call<T>(method: string, path: string, { apiKey }: TestTenant): Promise<T> {
  const answer = await fetch(`${first.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}` },
  });
  expect([path, answer.status]).toEqual([path, 200]);
  return (await answer.json()) as T;
}

/** What the session keeps: the beginning of each turn's question, and how long it is. */
async function questions(tenant: TestTenant): Promise<(readonly [string, number])[]> {
  const { data } = await call<ListedTurnsView>("GET", "/v1/sessions/chat/turns?actor=ann&limit=100", tenant);
  return data.map(({ messages }) => {
    const text = String(messages[0]?.content[0]?.text);
    return [text.split(" ")[0] ?? "", text.length] as const;
  });
}

async function objectsOf({ id }: TestTenant): Promise<string[]> {
  const names = [];
  for await (const name of bodies.namesBelow(id, "")) {
    names.push(name);
  }
  return names;
}

const faultsLeft = async () => {
  const answer = await fetch(`${platform.awsLocal.url}/_aws-local/faults`);
  return ((await answer.json()) as { faults: unknown[] }).faults.length;
};

const kept = (text: string) => [text.split(" ")[0], text.length];

test("a message of a megabyte is kept as an object, read by another process, exported, and forgotten with proof", async () => {
  const tenant = await platform.createTenant({ capUsd: "1000" });
  expect((await say(first, tenant, long("one"))).status).toBe(200);
  expect(await objectsOf(tenant)).toHaveLength(1);
  const next = (await (await say(second, tenant, "two")).json()) as {
    choices: { message: { content: string } }[];
  };
  expect(next.choices[0]?.message.content).toContain("I read 3 messages");
  expect(await questions(tenant)).toEqual([kept(long("one")), kept("two")]);
  const exported = await fetch(`${first.url}/v1/actors/ann/export`, {
    headers: { authorization: `Bearer ${tenant.apiKey}` },
  });
  expect(await exported.text()).toContain(long("one"));
  const proof = await call<ForgetProofView>("DELETE", "/v1/sessions/chat?actor=ann", tenant);
  expect(proof).toMatchObject({
    complete: true,
    removed: { sessionStore: { turns: 2, bodies: 1 } },
    left: { sessionStore: { turns: 0, bodies: 0 } },
  });
  expect(await objectsOf(tenant)).toEqual([]);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(2);
});

test("while S3 is down an answer is given though its turn cannot be kept, and nobody is answered from half a session", async () => {
  const tenant = await platform.createTenant({ capUsd: "1000" });
  // More than the SDK tries.
  platform.awsLocal.addFault({
    service: "s3",
    bucket: turnBodiesBucket,
    kind: "unavailable",
    operation: "PutObject",
    count: 10,
  });
  expect((await say(first, tenant, long("lost"))).status).toBe(200);
  platform.awsLocal.clearFaults();
  expect((await say(first, tenant, long("one"))).status).toBe(200);
  platform.awsLocal.addFault({
    service: "s3",
    bucket: turnBodiesBucket,
    kind: "error",
    operation: "GetObject",
    count: 10,
  });
  const refused = await say(second, tenant, "too early");
  platform.awsLocal.clearFaults();
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ error: { code: "upstream_unavailable" } });
  expect((await say(second, tenant, "two")).status).toBe(200);
  expect(await questions(tenant)).toEqual([kept(long("one")), kept("two")]);
  // What was refused was not asked.
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(3);
});

test("while S3 is slow, for longer than a claim lasts, the session waits for its turn and loses none", async () => {
  const tenant = await platform.createTenant({ capUsd: "1000" });
  platform.awsLocal.addFault({
    service: "s3",
    bucket: turnBodiesBucket,
    kind: "delay",
    operation: "PutObject",
    delayMs: 2_500,
  });
  const slow = say(first, tenant, long("slow"));
  await until(async () => (await faultsLeft()) === 0);
  let refusals = 0;
  await until(async () => {
    const { status } = await say(second, tenant, "next");
    refusals += status === 409 ? 1 : 0;
    return status === 200;
  });
  expect((await slow).status).toBe(200);
  expect(refusals).toBeGreaterThan(0);
  expect(await questions(tenant)).toEqual([kept(long("slow")), kept("next")]);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(2);
});

test("kill -9 between a turn's object and its item: the turn is not there, the session goes on, and forgetting finds the object", async () => {
  const tenant = await platform.createTenant({ capUsd: "1000" });
  const victim = await platform.startApi();
  expect((await say(victim, tenant, "one")).status).toBe(200);
  platform.awsLocal.addFault({
    service: "dynamodb",
    kind: "timeout",
    operation: "PutItem",
    table: "test-sessions",
  });
  const lost = say(victim, tenant, long("lost")).then(
    () => "answered",
    () => "lost",
  );
  await until(async () => (await objectsOf(tenant)).length === 1);
  victim.signal("SIGKILL");
  expect(await victim.ended).toBe("SIGKILL");
  expect(await lost).toBe("lost");
  platform.awsLocal.clearFaults();
  await until(async () => (await say(second, tenant, "two")).status === 200);
  expect(await questions(tenant)).toEqual([kept("one"), kept("two")]);
  const proof = await call<ForgetProofView>("DELETE", "/v1/sessions/chat?actor=ann", tenant);
  expect(proof).toMatchObject({ complete: true, removed: { sessionStore: { turns: 2, bodies: 1 } } });
  expect(await objectsOf(tenant)).toEqual([]);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(3);
});

test("an object that is lost is told by its turn's name before anything is spent; without that turn the session goes on", async () => {
  const tenant = await platform.createTenant({ capUsd: "1000" });
  for (const text of ["one", long("two"), "three"]) {
    expect((await say(first, tenant, text)).status).toBe(200);
  }
  await bodies.delete(tenant.id, (await objectsOf(tenant))[0] ?? "");
  const told = await say(second, tenant, "four");
  expect(told.status).toBe(500);
  const { error } = (await told.json()) as { error: { code: string; message: string } };
  expect(error.code).toBe("turn_unreadable");
  const turnId = /Turn "(\S+)"/.exec(error.message)?.[1];
  await call("DELETE", `/v1/sessions/chat/turns/${turnId}?actor=ann`, tenant);
  expect((await say(second, tenant, "four")).status).toBe(200);
  expect(await questions(tenant)).toEqual(["one", "three", "four"].map(kept));
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(4);
});
