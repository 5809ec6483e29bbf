/** The end user whom a body names in its wire's own way is the actor, where no header names one. */
import type { Caller } from "@caprock/tenancy";
import type { Context } from "hono";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { RequestEnv } from "../http/request-context.ts";
import { type OpenApi, openApi } from "../testing/open-api.ts";
import { actorIdOf } from "./begin-turn.ts";

const timeoutMs = 60_000;
const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const messages = [{ role: "user", content: "Hello" }];

let api: OpenApi;
let key: string;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
}, timeoutMs);
beforeEach(async () => {
  key = (await api.newTenant()).apiKey;
});
afterAll(() => api?.close());

async function send(path: string, body: object | undefined, headers: Record<string, string> = {}) {
  const request = new Request(`http://api.test${path}`, {
    method: body ? "POST" : "GET",
    headers: { authorization: `Bearer ${key}`, ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const response = await api.fetch(request);
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** The sessions of an actor, as its tenant lists them. */
async function sessionsOf(actor: string): Promise<string[]> {
  const { body } = await send("/v1/sessions", undefined, { "x-caprock-actor": actor });
  return body.data.map(({ id }: { id: string }) => id);
}

const wires = [
  ["OpenAI's user", "/v1/chat/completions", { model, messages, user: "u-1" }],
  [
    "OpenAI's safety_identifier",
    "/v1/chat/completions",
    { model, messages, safety_identifier: "u-1", user: "x" },
  ],
  ["the Responses API's user", "/v1/responses", { model, input: "Hello", user: "u-1" }],
  [
    "Anthropic's metadata.user_id",
    "/v1/messages",
    { model, messages, max_tokens: 10, metadata: { user_id: "u-1" } },
  ],
] as const;

test.each(wires)("%s names the actor of a session", { timeout: timeoutMs }, async (_, path, body) => {
  expect((await send(path, body, { "x-caprock-session": "s1" })).status).toBe(200);
  expect(await sessionsOf("u-1")).toEqual(["s1"]);
  expect(await sessionsOf("default")).toEqual([]);
});

test("the header names another, and that one it is", async () => {
  const named = { "x-caprock-session": "s1", "x-caprock-actor": "ann" };
  await send("/v1/chat/completions", { model, messages, user: "u-1" }, named);
  expect([await sessionsOf("ann"), await sessionsOf("u-1")]).toEqual([["s1"], []]);
});

test("a stored response is its end user's, and may be continued by who names none, but by no other", async () => {
  const first = await send("/v1/responses", { model, input: "Hello", user: "u-1" });
  expect(first.body.user).toBe("u-1");
  expect(await sessionsOf("u-1")).toHaveLength(1);
  const next = { model, input: "And now?", previous_response_id: first.body.id };
  expect((await send("/v1/responses", next)).status).toBe(200);
  expect(await sessionsOf("default")).toEqual([]);
  for (const store of [true, false]) {
    expect(await send("/v1/responses", { ...next, store, user: "u-2" })).toMatchObject({
      status: 404,
      body: { error: { param: "previous_response_id" } },
    });
  }
});

test("who signed in is the actor, whomever a body names", () => {
  const c = { req: { header: () => undefined } } as unknown as Context<RequestEnv>;
  const caller = { user: "ann" } as Caller;
  expect(actorIdOf(c, caller, "u-1")).toBeUndefined();
  expect(actorIdOf(c, {} as Caller, "u-1")).toBe("u-1");
});

test("an end user's id may be any text, and what is none is refused by its name", async () => {
  const user = `Ann Smith, ${"12 High Street ".repeat(20)}`;
  const named = { "x-caprock-session": "s1" };
  expect((await send("/v1/chat/completions", { model, messages, user }, named)).status).toBe(200);
  const wrong = await send("/v1/chat/completions", { model, messages, user: 7 });
  expect(wrong).toMatchObject({ status: 400, body: { error: { param: "user" } } });
});
