import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenApi, openApi } from "../testing/open-api.ts";
import { type Listener, listen } from "./listen.ts";
import { readJson } from "./read-json.ts";

const timeoutMs = 60_000;
const limits = { maxBodyBytes: 1_000 };

let api: OpenApi;
let listener: Listener;

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-22T12:00:00Z"));
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: api.fetch });
}, timeoutMs);
afterAll(async () => {
  await listener?.drain(0);
  await api?.close();
});

const post = (body: string | Uint8Array) => new Request("http://api.test/", { method: "POST", body });

test.each<[string, string | Uint8Array, object]>([
  ["JSON", '{"a":[1,"ü"]}', { value: { a: [1, "ü"] } }],
  ["nothing", "", { refused: { code: "invalid_json" } }],
  ["half of it", '{"a":', { refused: { code: "invalid_json" } }],
  ["bytes that are no UTF-8", Uint8Array.of(0x22, 0xff, 0x22), { refused: { code: "invalid_json" } }],
  ["more than is accepted", `"${"x".repeat(1_000)}"`, { refused: { code: "body_too_large" } }],
  ["a nesting of 100 levels", `${"[".repeat(100)}${"]".repeat(100)}`, { value: expect.any(Array) }],
  [
    "a nesting of 200 levels",
    `${"[".repeat(200)}${"]".repeat(200)}`,
    { refused: { code: "invalid_request" } },
  ],
])("a body of %s is read or refused by name", async (_, body, outcome) => {
  expect(await readJson(post(body), limits)).toMatchObject(outcome);
});

test("a body that breaks off is a refusal", async () => {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('{"a":1'));
      controller.error(Object.assign(new Error("aborted"), { code: "ECONNRESET" }));
    },
  });
  const request = new Request("http://api.test/", { method: "POST", body, duplex: "half" } as RequestInit);
  expect(await readJson(request, limits)).toEqual({
    refused: { code: "invalid_request", message: "The body ended before it was complete." },
  });
});

test.each(["tenant", "admin"] as const)(
  "a client of the %s API that vanishes while it sends is no failure in the log",
  { timeout: timeoutMs },
  async (side) => {
    const path = side === "tenant" ? "/v1/chat/completions" : "/admin/v1/tenants";
    const key = side === "tenant" ? (await api.newTenant()).apiKey : api.adminToken;
    const before = api.log.length;
    const socket = connect(listener.port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(
      `POST ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\nexpect: 100-continue\r\ncontent-length: 500\r\n\r\n`,
    );
    // Once it is told to go on, the server reads its body.
    await new Promise((resolve) => socket.once("data", resolve));
    socket.write('{"messages":', () => socket.resetAndDestroy());
    await expect.poll(() => api.log.length, { timeout: timeoutMs }).toBeGreaterThan(before);
    expect(api.log.slice(before)).toMatchObject([
      { level: "info", message: "request", status: 400, errorCode: expect.stringMatching(/^invalid_/) },
    ]);
  },
);
