import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Listener, listen } from "../http/listen.ts";
import { problemOfError } from "../http/problem-of-error.ts";
import { type OpenApi, openApi } from "../testing/open-api.ts";
import { SocketServer, socketPath } from "./serve-sockets.ts";

const timeoutMs = 60_000;

let api: OpenApi;
let sockets: SocketServer;
let listener: Listener;
let heard = 0;
let isGone = false;

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
  sockets = new SocketServer({
    authentication: api.parts.tenant.authentication,
    random: api.parts.random,
    problemOf: problemOfError,
    mostConnectionsOfTenant: 10,
    /** Answers every text with a long one, but for a quiet one. */
    async handle(text, on) {
      heard += 1;
      if (text.startsWith("quiet")) {
        return;
      }
      isGone = !(await on.send("x".repeat(100_000))) || isGone;
    },
  });
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    fetch: api.fetch,
    upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
  });
}, timeoutMs);
afterAll(async () => {
  sockets?.close();
  await listener?.drain(100);
  await api?.close();
});

test("who asks on and on without reading the answers is cut off, and its answers are not kept", {
  timeout: timeoutMs,
}, async () => {
  const { apiKey } = await api.newTenant();
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}${socketPath}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  client.on("error", () => undefined);
  await once(client, "open");
  client.pause();
  const asked = 1_000;
  for (let text = 0; text < asked; text += 1) {
    client.send("more");
  }
  await expect.poll(() => isGone, { timeout: 10_000 }).toBe(true);
  expect(heard).toBeLessThan(asked);
  client.terminate();
});

test("of texts that come too fast none is lost", { timeout: timeoutMs }, async () => {
  const { apiKey } = await api.newTenant();
  const client = await connected(apiKey);
  heard = 0;
  const padding = " ".repeat(1_000);
  for (let text = 0; text < 450; text += 1) {
    client.send(`quiet${padding}`);
  }
  await expect.poll(() => heard, { timeout: 20_000 }).toBe(450);
  client.terminate();
});

test("a tenant may have so many connections, and others find room", { timeout: timeoutMs }, async () => {
  const { apiKey } = await api.newTenant();
  const other = await api.newTenant();
  const clients = await Promise.all(Array.from({ length: 10 }, () => connected(apiKey)));
  const refused = new WebSocket(`ws://127.0.0.1:${listener.port}${socketPath}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  const [, response] = await once(refused, "unexpected-response");
  expect(response.statusCode).toBe(429);
  expect(String(await response.toArray())).toContain("too_many_connections");
  clients.push(await connected(other.apiKey));
  const last = clients[0];
  last?.terminate();
  await expect
    .poll(() =>
      connected(apiKey).then(
        ({ terminate }) => typeof terminate,
        () => "refused",
      ),
    )
    .toBe("function");
  for (const client of clients) {
    client.terminate();
  }
});

test.each(["/", "//", "/v1/socket/", "/v1%2fsocket"])(
  "a socket at %s is told where there are any",
  { timeout: timeoutMs },
  async (path) => {
    // By hand: clients tidy an address.
    const client = connect(listener.port, "127.0.0.1");
    client.write(
      `GET ${path} HTTP/1.1\r\nhost: api\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    const answer = String(await client.toArray());
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
    expect(answer).toContain(socketPath);
  },
);

async function connected(apiKey: string): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}${socketPath}`, {
    headers: { authorization: `Bearer ${apiKey}` },
  });
  await new Promise<void>((resolve, reject) => {
    client.once("open", resolve);
    client.once("error", reject);
  });
  client.on("error", () => undefined);
  return client;
}
