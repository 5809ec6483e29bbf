import { once } from "node:events";
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
    /** Answers every text with a long one. */
    async handle(_, on) {
      heard += 1;
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
