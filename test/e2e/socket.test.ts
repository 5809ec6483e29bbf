/** WebSocket chat, on our own server and behind API Gateway: the same handler, the same client. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CaprockSocket, type SocketTurn, SocketTurnError } from "@caprock/contract";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { expectBooksToBalance, readLedger, until } from "../platform/accounting.ts";
import { type SocketGateway, startSocketGateway } from "../platform/socket-gateway.ts";
import {
  localEnvironment,
  type Platform,
  startPlatform,
  type TestTenant,
} from "../platform/start-platform.ts";

const bundle = fileURLToPath(new URL("../../apps/api/dist/websocket/index.mjs", import.meta.url));
const runtime = fileURLToPath(new URL("../platform/function-runtime.mjs", import.meta.url));
const timeoutMs = 60_000;
const model = "us.amazon.nova-lite-v1:0";
const kinds = ["our own server", "API Gateway"] as const;

let platform: Platform;
let gateway: SocketGateway;
let opened: WebSocket[] = [];

beforeAll(async () => {
  if (!existsSync(bundle)) {
    throw new Error(
      "The API is not bundled. Run the tests through `pnpm test`, or `node build.mjs` in apps/api.",
    );
  }
  platform = await startPlatform({ apis: 2 });
  gateway = await startSocketGateway(
    runtime,
    bundle,
    localEnvironment(platform.awsLocal.url, platform.adminToken),
  );
}, timeoutMs);
afterAll(async () => {
  await gateway?.close();
  await platform?.close();
});

/** Every connection goes to another process, where there is more than one. */
function connectTo(kind: (typeof kinds)[number], key: string): () => WebSocket {
  return () => {
    const api = platform.apis[opened.length % platform.apis.length];
    const url = kind === "API Gateway" ? gateway.url : `${api?.url.replace("http", "ws")}/v1/socket`;
    const socket = new WebSocket(url, ["caprock.v1", `caprock.key.${key}`]);
    opened.push(socket);
    return socket;
  };
}

function open(kind: (typeof kinds)[number], tenant: TestTenant): CaprockSocket {
  opened = [];
  return new CaprockSocket({
    connect: connectTo(kind, tenant.apiKey),
    newName: randomUUID,
    reconnectMs: 10,
  });
}

const ask = (text: string) => ({ model, body: { messages: [{ role: "user", content: [{ text }] }] } });

async function read(turn: SocketTurn, onEvent: (count: number) => void = () => undefined) {
  const events: Record<string, unknown>[] = [];
  for await (const event of turn) {
    events.push(event);
    onEvent(events.length);
  }
  return {
    events,
    text: events
      .map(({ contentBlockDelta }) => (contentBlockDelta as { delta?: { text?: string } })?.delta?.text ?? "")
      .join(""),
  };
}

const failure = (turn: SocketTurn) =>
  read(turn).then(
    () => undefined,
    (error: Error) => error,
  );

describe.each(kinds)("on %s", (kind) => {
  test("one connection carries many turns at once, and each is billed once", {
    timeout: timeoutMs,
  }, async () => {
    const tenant = await platform.createTenant();
    const socket = open(kind, tenant);
    const turns = Array.from({ length: 5 }, (_, index) => socket.start(ask(`Hello ${index} [[tokens=30]]`)));
    const answers = await Promise.all(turns.map((turn) => read(turn)));
    for (const { events, text } of answers) {
      expect(text.length).toBeGreaterThan(10);
      expect(events.at(-1)).toHaveProperty("metadata.usage");
    }
    socket.close();
    expect(opened).toHaveLength(1);
    await until(async () => (await readLedger(platform, tenant.id)).length === 5);
    await expectBooksToBalance(platform, tenant.id);
  });

  test("a turn whose connection drops goes on elsewhere, and no event is lost or told twice", {
    timeout: timeoutMs,
  }, async () => {
    const tenant = await platform.createTenant();
    const socket = open(kind, tenant);
    const whole = await read(socket.start(ask("Tell me [[tokens=150]]")));
    platform.awsLocal.setSpeed({ tokensPerSecond: 100 });
    const broken = await read(socket.start(ask("Tell me [[tokens=150]]")), (count) => {
      if (count === 5 || count === 40) {
        opened.at(-1)?.terminate();
      }
    });
    platform.awsLocal.setSpeed({ tokensPerSecond: 0 });
    socket.close();
    expect(opened.length).toBeGreaterThan(1);
    expect(broken.text).toBe(whole.text);
    expect(broken.events.map((event) => Object.keys(event)[0])).toEqual(
      whole.events.map((event) => Object.keys(event)[0]),
    );
    await until(async () => (await readLedger(platform, tenant.id)).length === 2);
    await expectBooksToBalance(platform, tenant.id);
  });

  test("a turn that is cancelled stops at Bedrock, and what was generated is billed", {
    timeout: timeoutMs,
  }, async () => {
    const tenant = await platform.createTenant();
    const socket = open(kind, tenant);
    platform.awsLocal.setSpeed({ tokensPerSecond: 100 });
    const turn = socket.start(ask("Tell me everything [[tokens=3000]]"));
    const { text } = await read(turn, (count) => count === 5 && turn.cancel());
    platform.awsLocal.setSpeed({ tokensPerSecond: 0 });
    expect(text.length).toBeGreaterThan(0);
    socket.close();
    await until(async () => (await readLedger(platform, tenant.id)).length === 1);
    expect((await readLedger(platform, tenant.id))[0]).toMatchObject({ status: "aborted", estimated: true });
    const [served] = platform.awsLocal.witness({ tenant: tenant.id }).invocations;
    expect(served?.usage.output).toBeLessThan(3_000);
  });

  test("a prompt far above the frame limit is sent and answered", { timeout: timeoutMs }, async () => {
    const tenant = await platform.createTenant();
    const socket = open(kind, tenant);
    const { events } = await read(socket.start(ask(`Sum up: ${"Ünïcödé words, ".repeat(8_000)}`)));
    const { usage } = (events.at(-1) as { metadata: { usage: { inputTokens: number } } }).metadata;
    expect(usage.inputTokens).toBeGreaterThan(10_000);
    socket.close();
    await until(async () => (await readLedger(platform, tenant.id)).length === 1);
    await expectBooksToBalance(platform, tenant.id);
  });

  test("what is wrong with a turn comes back by its stable code", { timeout: timeoutMs }, async () => {
    const tenant = await platform.createTenant({ capUsd: "0.000001" });
    const socket = open(kind, tenant);
    const wrong: readonly [Parameters<CaprockSocket["start"]>[0], string][] = [
      [{ ...ask("Hello"), model: "nope" }, "model_not_found"],
      [{ model, body: { messages: [] } }, "invalid_request"],
      [ask("Hello"), "budget_exceeded"],
    ];
    for (const [input, code] of wrong) {
      const error = await failure(socket.start(input));
      expect(error).toBeInstanceOf(SocketTurnError);
      expect((error as SocketTurnError).problem.code).toBe(code);
    }
    socket.close();
    expect(platform.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  });

  test("texts that make no sense are answered, and another tenant's turn is one that never was", {
    timeout: timeoutMs,
  }, async () => {
    const [one, other] = [await platform.createTenant(), await platform.createTenant()];
    opened = [];
    const socket = open(kind, one);
    const turn = socket.start(ask("Hello"));
    await read(turn);
    socket.close();
    const raw = connectTo(kind, other.apiKey)();
    const heard: Record<string, unknown>[] = [];
    raw.on("message", (data) => heard.push(JSON.parse(String(data))));
    await new Promise((resolve) => raw.once("open", resolve));
    for (const text of ["{", "[]", '{"type":"x"}', '{"type":"turn.cancel"}', '{"type":"ping"}']) {
      raw.send(text);
    }
    raw.send(JSON.stringify({ type: "turn.resume", id: turn.name, cursor: 0 }));
    raw.send(JSON.stringify({ type: "turn.cancel", id: turn.name }));
    await until(() => heard.filter(({ type }) => type === "turn.failed").length >= 2);
    await until(() => heard.some(({ type }) => type === "pong"));
    const codes = heard.map(({ error }) => (error as { code?: string } | undefined)?.code);
    expect(new Set(codes)).toEqual(new Set([undefined, "invalid_json", "invalid_request", "not_found"]));
    raw.close();
  });

  test("a wrong key opens nothing, and a key that is revoked meanwhile asks for nothing more", {
    timeout: timeoutMs,
  }, async () => {
    const tenant = await platform.createTenant();
    const refused = connectTo(kind, `${tenant.apiKey.slice(0, -4)}0000`)();
    const status = await new Promise((resolve) => {
      refused.on("unexpected-response", (_, response) => resolve(response.statusCode));
      refused.on("error", () => undefined);
    });
    expect(status).toBe(401);
    const socket = open(kind, tenant);
    await read(socket.start(ask("Hello")));
    await platform.admin.revokeApiKey({ params: { tenantId: tenant.id, apiKeyId: tenant.apiKeyId } });
    const askAgain = () => failure(socket.start(ask("Hello again")));
    const served = () => platform.awsLocal.witness({ tenant: tenant.id }).invocations.length;
    // Until the revocation is a second old, another process may go by its copy of the key.
    await until(async () => (await askAgain()) !== undefined);
    const servedBefore = served();
    expect(((await askAgain()) as SocketTurnError).problem.code).toBe("revoked_api_key");
    socket.close();
    expect(served()).toBe(servedBefore);
  });
});
