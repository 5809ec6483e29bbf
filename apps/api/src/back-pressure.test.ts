/** Whoever reads slowly slows the model: measured from the caller's connection to Bedrock's, on every way in. */
import { once } from "node:events";
import { createServer, request as http1Request, type Server, type ServerResponse } from "node:http";
import { connect } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { HttpBedrockRuntime } from "@caprock/inference/bedrock";
import { localCredentials, systemPause } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { createApi } from "./app.ts";
import { type Listener, listen } from "./http/listen.ts";
import { problemOfError } from "./http/problem-of-error.ts";
import { encodeEvent } from "./tenant/protocols/bedrock/encode-frame.ts";
import { type OpenApi, openApi } from "./testing/open-api.ts";
import { openSockets } from "./testing/open-sockets.ts";
import { handleMessage } from "./websocket/handle-message.ts";
import { SocketServer, socketPath } from "./websocket/serve-sockets.ts";

const timeout = { timeout: 60_000 };
const region = "us-east-1";
const modelId = "us.amazon.nova-micro-v1:0";
const body = { messages: [{ role: "user", content: [{ text: "Hi" }] }], inferenceConfig: { maxTokens: 100 } };

/** Few tokens and many bytes: `p` is the padding that Bedrock itself sends. */
const frame = Buffer.from(
  encodeEvent("contentBlockDelta", { contentBlockIndex: 0, delta: { text: "" }, p: "a".repeat(16_000) }),
);

/** Three times what the system's own buffers took of both connections on Linux, by a measurement of 2026-11-27: 4 to 9 MB. */
const mostUnreadBytes = 24 * 1024 * 1024;
const mostWrittenBytes = 4 * mostUnreadBytes;

let api: OpenApi;
let bedrock: Server;
let runtime: HttpBedrockRuntime;
let sockets: SocketServer;
let listener: Listener;
let closeSockets: (() => void) | undefined;
let key: string;
let writtenBytes = 0;
let callsOpen = 0;

/** Says more and more for as long as it is read. */
async function talk(response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  callsOpen += 1;
  response.once("close", () => {
    callsOpen -= 1;
    gone.abort();
  });
  response.writeHead(200, { "content-type": "application/vnd.amazon.eventstream" });
  response.write(encodeEvent("messageStart", { role: "assistant" }));
  while (!gone.signal.aborted && writtenBytes < mostWrittenBytes) {
    writtenBytes += frame.byteLength;
    if (!response.write(frame)) {
      await once(response, "drain", { signal: gone.signal }).catch(() => undefined);
    }
  }
}

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
  bedrock = createServer((request, response) => {
    request.resume();
    void talk(response);
  });
  bedrock.listen(0, "127.0.0.1");
  await once(bedrock, "listening");
  const { clock, parts } = api;
  runtime = new HttpBedrockRuntime({
    endpoint: `http://127.0.0.1:${(bedrock.address() as AddressInfo).port}`,
    region,
    credentials: () => Promise.resolve(localCredentials),
    clock,
    idleTimeoutMs: 30_000,
  });
  const turn = { ...parts.tenant.turn, bedrock: runtime };
  const opened = await openSockets(
    { ...api, parts: { ...parts, tenant: { ...parts.tenant, turn } } },
    systemPause,
  );
  closeSockets = () => opened.close();
  const socketParts = opened.parts;
  sockets = new SocketServer({
    ...socketParts,
    handle: (text, connection) => handleMessage(text, connection, socketParts),
    problemOf: problemOfError,
  });
  const app = createApi({ ...parts, tenant: { ...parts.tenant, turn } });
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    fetch: (request) => app.fetch(request),
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
  });
  key = (await api.newTenant()).apiKey;
}, timeout.timeout);
afterAll(async () => {
  sockets?.close();
  await listener?.drain(100);
  await runtime?.close();
  bedrock?.closeAllConnections();
  bedrock?.close();
  closeSockets?.();
  await api?.close();
});

/** Who reads a stream, and can leave it. */
interface Reader {
  pause(): unknown;
  resume(): unknown;
  leave(): unknown;
}

const authorization = () => `Bearer ${key}`;
const path = `/model/${encodeURIComponent(modelId)}/converse-stream`;
const url = () => `http://127.0.0.1:${listener.port}`;

/** A stream's reader, which has read something already. */
async function readerOf(stream: Readable, leave: () => unknown): Promise<Reader> {
  stream.on("error", () => undefined);
  await once(stream, "data");
  return { pause: () => stream.pause(), resume: () => stream.resume(), leave };
}

async function overHttp1(): Promise<Reader> {
  const sent = http1Request(`${url()}${path}`, {
    method: "POST",
    headers: { authorization: authorization() },
  });
  sent.on("error", () => undefined);
  sent.end(JSON.stringify(body));
  const [response] = await once(sent, "response");
  expect(response.statusCode).toBe(200);
  return readerOf(response, () => sent.destroy());
}

async function overHttp2(): Promise<Reader> {
  const session = connect(url());
  const stream = session.request({
    ":method": "POST",
    ":path": path,
    authorization: authorization(),
  });
  stream.end(JSON.stringify(body));
  return readerOf(stream, () => session.destroy());
}

async function overWebSocket(): Promise<Reader> {
  const socket = new WebSocket(`${url().replace("http", "ws")}${socketPath}`, {
    headers: { authorization: authorization() },
  });
  await once(socket, "open");
  socket.on("error", () => undefined);
  socket.send(JSON.stringify({ type: "turn.start", id: "slow", model: modelId, body }));
  const events = new Promise<void>((resolve) => {
    socket.on("message", (data) => String(data).includes("contentBlockDelta") && resolve());
  });
  await events;
  return {
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    leave: () => {
      // Its turn outlives the connection, and so is cancelled.
      socket.send(JSON.stringify({ type: "turn.cancel", id: "slow" }));
    },
  };
}

test.each([
  ["HTTP/1.1", overHttp1],
  ["HTTP/2", overHttp2],
  ["WebSocket", overWebSocket],
])(
  "a reader over %s who stops stops the model, and one who goes on lets it go on",
  timeout,
  async (_, open) => {
    writtenBytes = 0;
    const reader = await open();
    reader.pause();
    let before = -1;
    const stands = () => {
      const isStill = writtenBytes === before;
      before = writtenBytes;
      return isStill;
    };
    await expect.poll(stands, { interval: 300, timeout: 20_000 }).toBe(true);
    const heldBytes = writtenBytes;
    expect(heldBytes).toBeLessThan(mostUnreadBytes);
    reader.resume();
    await expect.poll(() => writtenBytes, { timeout: 20_000 }).toBeGreaterThan(heldBytes);
    reader.leave();
    await expect.poll(() => callsOpen, { timeout: 20_000 }).toBe(0);
  },
);
