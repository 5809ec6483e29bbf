/** Sessions over several processes and wires: one turn at a time, none lost, none half kept, whoever dies when. */
import { randomUUID } from "node:crypto";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { CaprockSocket, type ListedTurnsView } from "@caprock/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { expectBooksToBalance, until } from "../platform/accounting.ts";
import { bedrockClient, openAiClient } from "../platform/clients.ts";
import { type Api, type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "us.amazon.nova-lite-v1:0";
const named = { "x-caprock-session": "chat", "x-caprock-actor": "ann" };

let platform: Platform;
let first: Api;
let second: Api;

beforeAll(async () => {
  platform = await startPlatform({
    apis: 2,
    environment: { CAPROCK_SESSION_LEASE_MS: "2000", CAPROCK_HOLD_TTL_MS: "5000" },
  });
  [first, second] = platform.apis as [Api, Api];
  await platform.startWorker();
});
afterAll(() => platform?.close());

function say(api: Api, { apiKey }: TestTenant, content: string): Promise<Response> {
  return fetch(`${api.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, ...named },
    body: JSON.stringify({ model, messages: [{ role: "user", content }] }),
  });
}

/** What the session keeps: each turn's question. */
async function questions(api: Api, { apiKey }: TestTenant): Promise<unknown[]> {
  const answer = await fetch(`${api.url}/v1/sessions/chat/turns?actor=ann&limit=100`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const { data } = (await answer.json()) as ListedTurnsView;
  expect(data.map(({ sequence }) => sequence)).toEqual(data.map((_, index) => index + 1));
  expect(data.map(({ messages }) => messages.map(({ role }) => role).join())).toEqual(
    data.map(() => "user,assistant"),
  );
  return data.map(({ messages }) => messages[0]?.content[0]?.text);
}

test("a session that an OpenAI client began goes on with Bedrock's SDK and over a WebSocket, on other processes", async () => {
  const tenant = await platform.createTenant();
  const openAi = openAiClient(first.url, tenant);
  const whole = { model, messages: [{ role: "user" as const, content: "one" }] };
  await openAi.chat.completions.create(whole, { headers: named });
  const bedrock = bedrockClient(second.url, tenant);
  bedrock.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: Record<string, string> }).headers, named);
      return next(args);
    },
    { step: "build" },
  );
  const messages = [{ role: "user" as const, content: [{ text: "two" }] }];
  const { output } = await bedrock.send(new ConverseCommand({ modelId: model, messages }));
  expect(output?.message?.content?.[0]?.text).toContain("I read 3 messages");
  bedrock.destroy();
  const socket = new CaprockSocket({
    connect: () =>
      new WebSocket(`${first.url.replace("http", "ws")}/v1/socket`, [
        "caprock.v1",
        `caprock.key.${tenant.apiKey}`,
      ]),
    newName: randomUUID,
  });
  const body = { messages: [{ role: "user", content: [{ text: "three" }] }] };
  let text = "";
  for await (const event of socket.start({ model, body, session: "chat", actor: "ann" })) {
    const { delta } = (event.contentBlockDelta ?? {}) as { delta?: { text?: string } };
    text += delta?.text ?? "";
  }
  socket.close();
  expect(text).toContain("I read 5 messages");
  expect(await questions(second, tenant)).toEqual(["one", "two", "three"]);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(3);
});

test("of writers at once on two processes one answers at a time; the others are refused before they cost anything", async () => {
  const tenant = await platform.createTenant();
  const kept: string[] = [];
  for (const round of [1, 2, 3]) {
    platform.awsLocal.gate.set(true);
    const texts = Array.from({ length: 6 }, (_, index) => `round ${round}, writer ${index}`);
    const asked = texts.map((text, index) => say(index % 2 === 0 ? first : second, tenant, text));
    const settled = asked.map((answer) => answer.then(({ status }) => status));
    // The one that waits for the model has the session; all the others are answered meanwhile.
    await until(async () => {
      const answered = await Promise.all(settled.map((one) => Promise.race([one, Promise.resolve(0)])));
      return platform.awsLocal.gate.waiting === 1 && answered.filter((status) => status === 409).length === 5;
    });
    platform.awsLocal.gate.set(false);
    const statuses = await Promise.all(settled);
    expect([...statuses].sort()).toEqual([200, 409, 409, 409, 409, 409]);
    const refused = await asked[statuses.indexOf(409)];
    expect(await refused?.json()).toMatchObject({ error: { code: "session_conflict" } });
    kept.push(texts[statuses.indexOf(200)] ?? "");
  }
  expect(await questions(first, tenant)).toEqual(kept);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(3);
});

test("kill -9 between an answer and its keeping: nothing half is left, and another process goes on within the lease", async () => {
  const tenant = await platform.createTenant();
  const victim = await platform.startApi();
  expect((await say(victim, tenant, "one")).status).toBe(200);
  platform.awsLocal.addFault({
    service: "dynamodb",
    kind: "timeout",
    operation: "PutItem",
    table: "test-sessions",
  });
  const lost = say(victim, tenant, "two").then(
    () => "answered",
    () => "lost",
  );
  await until(() => platform.awsLocal.witness({ tenant: tenant.id }).invocations.length === 2);
  await until(async () => {
    const answer = await fetch(`${platform.awsLocal.url}/_aws-local/faults`);
    return ((await answer.json()) as { faults: unknown[] }).faults.length === 0;
  });
  expect((await say(first, tenant, "too early")).status).toBe(409);
  victim.signal("SIGKILL");
  expect(await victim.ended).toBe("SIGKILL");
  expect(await lost).toBe("lost");
  await until(async () => (await say(second, tenant, "three")).status === 200);
  expect(await questions(first, tenant)).toEqual(["one", "three"]);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(3);
});
