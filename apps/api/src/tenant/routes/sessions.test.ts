import { forgetProof } from "@caprock/contract";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { adminClient } from "../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-20T12:00:00Z");
const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

let api: OpenApi;
let key: string;
let tenantId: string;

beforeAll(async () => {
  api = await openApi(startMs);
}, timeoutMs);
beforeEach(async () => {
  const { apiKey, tenant } = await api.newTenant();
  key = apiKey;
  tenantId = tenant.id;
});
afterAll(() => api?.close());

async function asked(method: string, path: string, body?: unknown, as = key) {
  const response = await api.send(method, path, { key: as, body });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

type Wire = "openai" | "responses" | "anthropic" | "bedrock" | "invoke";

/** Says something on a wire, in a session of ann's. */
async function ask(text: string, session: string, wire: Wire): Promise<Response> {
  const messages = [{ role: "user", content: wire === "bedrock" ? [{ text }] : text }];
  const [path, body] = {
    openai: ["/v1/chat/completions", { model, messages }] as const,
    responses: ["/v1/responses", { model, input: text }] as const,
    anthropic: ["/v1/messages", { model, messages, max_tokens: 50 }] as const,
    bedrock: [`/model/${model}/converse`, { messages }] as const,
    invoke: [
      `/model/${model}/invoke`,
      { anthropic_version: "bedrock-2023-05-31", messages, max_tokens: 50 },
    ] as const,
  }[wire];
  return api.fetch(
    new Request(`http://api.test${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "x-caprock-session": session, "x-caprock-actor": "ann" },
      body: JSON.stringify(body),
    }),
  );
}

/** The turn that was kept. */
async function say(text: string, session: string, wire: Wire = "openai"): Promise<string> {
  const response = await ask(text, session, wire);
  await response.text();
  expect(response.status).toBe(200);
  expect(response.headers.get("x-caprock-session")).toBe(session);
  return response.headers.get("x-caprock-turn") ?? "";
}

test("a session that goes on over three wires is listed, and read turn by turn in pages both ways", async () => {
  const turns = [await say("one", "chat"), await say("two", "chat", "anthropic")];
  turns.push(await say("three", "chat", "bedrock"));
  await say("other", "chat2");
  const listed = await asked("GET", "/v1/sessions?actor=ann&limit=1");
  expect(listed.body).toMatchObject({ data: [{ id: "chat", actor: "ann", lastSequence: 3 }], next: "chat" });
  const more = await asked("GET", `/v1/sessions?actor=ann&limit=1&after=${listed.body.next}`);
  expect(more.body).toMatchObject({ data: [{ id: "chat2" }] });
  expect(more.body).not.toHaveProperty("next");
  const first = await asked("GET", "/v1/sessions/chat/turns?actor=ann&limit=2");
  expect(first.body.data.map(({ id }: { id: string }) => id)).toEqual(turns.slice(0, 2));
  expect(first.body.data[0].messages[0]).toEqual({ role: "user", content: [{ text: "one" }] });
  const last = await asked("GET", "/v1/sessions/chat/turns?actor=ann&before=4&limit=1");
  expect(last.body.data).toMatchObject([{ id: turns[2], sequence: 3 }]);
  const whole = await asked("GET", "/v1/sessions/chat/turns?actor=ann");
  expect([first, last, whole].map(({ body }) => body.more)).toEqual([true, true, false]);
});

test("a page of large turns has fewer of them than were asked for, says so, and none is lost between pages", async () => {
  const bytes = Buffer.alloc(700_000, 7).toString("base64");
  for (const name of ["one", "two", "three", "four", "five", "six"]) {
    const content = [{ text: name }, { image: { format: "png", source: { bytes } } }];
    const response = await api.fetch(
      new Request(`http://api.test/model/${model}/converse`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "x-caprock-session": "chat" },
        body: JSON.stringify({ messages: [{ role: "user", content }] }),
      }),
    );
    expect(response.status).toBe(200);
    await response.text();
  }
  const read = async (range: string) => {
    const { body } = await asked("GET", `/v1/sessions/chat/turns?limit=100&${range}`);
    return [body.data.map(({ sequence }: { sequence: number }) => sequence), body.more];
  };
  expect(await read("after=0")).toEqual([[1, 2, 3, 4], true]);
  expect(await read("after=4")).toEqual([[5, 6], false]);
  expect(await read("after=6")).toEqual([[], false]);
  expect(await read("before=7")).toEqual([[6, 5, 4, 3], true]);
  expect(await read("before=3")).toEqual([[2, 1], false]);
});

test("while a turn is under way, each wire tells the next one of the conflict in its own words", async () => {
  api.awsLocal.gate.set(true);
  const first = say("one", "chat");
  await vi.waitFor(() => expect(api.awsLocal.gate.waiting).toBe(1));
  const told = async (wire: Wire) => {
    const answer = await ask("two", "chat", wire);
    return { status: answer.status, type: answer.headers.get("x-amzn-errortype"), body: await answer.json() };
  };
  const openAi = { status: 409, body: { error: { code: "session_conflict", param: "session" } } };
  expect(await told("openai")).toMatchObject(openAi);
  expect(await told("responses")).toMatchObject(openAi);
  expect(await told("anthropic")).toMatchObject({ status: 409, body: { type: "error" } });
  expect(await told("bedrock")).toMatchObject({
    status: 400,
    type: "ConflictException",
    body: { code: "session_conflict" },
  });
  api.awsLocal.gate.set(false);
  await first;
  expect(await say("two", "chat")).not.toBe("");
});

test("what is no chat has no session, is refused by name, and leaves none", async () => {
  const answer = await ask("one", "chat", "invoke");
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { code: "unsupported_parameter", param: "session" },
  ]);
  expect(await asked("GET", "/v1/sessions/chat?actor=ann")).toMatchObject({ status: 404 });
});

test("a session is made by its name once, or with a name of its own", async () => {
  expect(await asked("POST", "/v1/sessions", { id: "mine" })).toMatchObject({
    status: 201,
    body: { object: "session", id: "mine", actor: "default", lastSequence: 0 },
  });
  expect(await asked("POST", "/v1/sessions", { id: "mine" })).toMatchObject({ status: 200 });
  const { status, body } = await asked("POST", "/v1/sessions");
  expect(status).toBe(201);
  expect(await asked("GET", `/v1/sessions/${body.id}`)).toMatchObject({ status: 200, body: { id: body.id } });
});

test("a fork has the turns through the one that is named, and a session of its own", async () => {
  const first = await say("one", "chat");
  await say("two", "chat");
  const fork = await asked("POST", "/v1/sessions/chat/fork", { actor: "ann", throughTurn: first });
  expect(fork).toMatchObject({ status: 201, body: { actor: "ann", lastSequence: 1 } });
  await say("another two", fork.body.id);
  const turns = await asked("GET", `/v1/sessions/${fork.body.id}/turns?actor=ann`);
  expect(
    turns.body.data.map((turn: { messages: { content: unknown }[] }) => turn.messages[0]?.content),
  ).toEqual([[{ text: "one" }], [{ text: "another two" }]]);
  expect(await asked("POST", "/v1/sessions/chat/fork", { actor: "ann", throughTurn: "no" })).toMatchObject({
    status: 404,
  });
});

test("what is forgotten is gone and proven so: a turn, a session, an actor", async () => {
  const turn = await say("one", "chat");
  await say("two", "chat");
  await say("three", "chat2");
  const left = { sessionStore: { sessions: 0, turns: 0, other: 0 } };
  const byTurn = await asked("DELETE", `/v1/sessions/chat/turns/${turn}?actor=ann`);
  expect(forgetProof.parse(byTurn.body)).toMatchObject({
    scope: { kind: "turn", actor: "ann", session: "chat", turn },
    complete: true,
    removed: { sessionStore: { sessions: 0, turns: 1 } },
    left,
  });
  const turns = await asked("GET", "/v1/sessions/chat/turns?actor=ann");
  expect(turns.body.data).toMatchObject([{ sequence: 2 }]);
  const bySession = await asked("DELETE", "/v1/sessions/chat?actor=ann");
  expect(bySession.body).toMatchObject({
    complete: true,
    removed: { sessionStore: { sessions: 1, turns: 1 } },
  });
  expect(await asked("DELETE", "/v1/sessions/chat?actor=ann")).toMatchObject({ status: 404 });
  const byActor = await asked("DELETE", "/v1/actors/ann");
  expect(byActor.body).toMatchObject({
    complete: true,
    removed: { sessionStore: { sessions: 1, turns: 1 } },
  });
  expect((await asked("GET", "/v1/sessions?actor=ann")).body.data).toEqual([]);
});

test("an actor's export has a line for each session and turn, and nobody else's", async () => {
  await say("one", "chat");
  await asked("POST", "/v1/sessions", { id: "chat", actor: "bob" });
  const response = await api.send("GET", "/v1/actors/ann/export", { key });
  expect(response.headers.get("content-type")).toBe("application/jsonl");
  const lines = (await response.text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { object: "session", id: "chat", actor: "ann" },
    { object: "session.turn", session: "chat", sequence: 1 },
  ]);
});

test("another tenant's and another actor's session answers like one that never was", async () => {
  await say("secret", "chat");
  const { apiKey: stranger } = await api.newTenant();
  for (const [method, path] of [
    ["GET", "/v1/sessions/NAME"],
    ["GET", "/v1/sessions/NAME/turns"],
    ["POST", "/v1/sessions/NAME/fork"],
    ["DELETE", "/v1/sessions/NAME"],
  ] as const) {
    const send = (name: string, actor: string, as: string) =>
      asked(
        method,
        path.replace("NAME", name) + (method === "POST" ? "" : `?actor=${actor}`),
        method === "POST" ? { actor } : undefined,
        as,
      );
    const told = async (answer: ReturnType<typeof send>) => {
      const { status, body } = await answer;
      return [status, body.error.code, body.error.message.replace(/"\w+"/, "…")];
    };
    const never = await told(send("never", "ann", key));
    expect(never[0]).toBe(404);
    expect(await told(send("chat", "ann", stranger))).toEqual(never);
    expect(await told(send("chat", "bob", key))).toEqual(never);
  }
  expect((await asked("GET", "/v1/sessions/chat/turns?actor=ann")).body.data).toHaveLength(1);
});

test("what is no name or no page is refused in words, and whatever comes is never a failure of ours", async () => {
  for (const [path, param] of [
    ["/v1/sessions?limit=0", "limit"],
    ["/v1/sessions?actor=%20", "actor"],
    ["/v1/sessions/%2F/turns", "session"],
    ["/v1/sessions/a/turns?before=1&after=1", "before"],
  ] as const) {
    expect(await asked("GET", path)).toMatchObject({ status: 400, body: { error: { param } } });
  }
  const text = fc.oneof(fc.string({ maxLength: 8 }), fc.string({ unit: "grapheme", maxLength: 3 }));
  await fc.assert(
    fc.asyncProperty(text, text, fc.jsonValue({ maxDepth: 2 }), async (id, actor, body) => {
      const [name, who] = [encodeURIComponent(id), encodeURIComponent(actor)];
      const answers = [
        await asked("POST", "/v1/sessions", body),
        await asked("GET", `/v1/sessions?actor=${who}&after=${name}`),
        await asked("GET", `/v1/sessions/${name}?actor=${who}`),
        await asked("POST", `/v1/sessions/${name}/fork`, body),
        await asked("DELETE", `/v1/sessions/${name}/turns/${who}`),
        await asked("DELETE", `/v1/actors/${who}`),
      ];
      expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

test("what is remembered of an actor is listed for its own tenant alone, and an admin forgets it with proof", async () => {
  const { memory } = api.parts.tenant.memory.longTerm!;
  const parts = [{ role: "user" as const, text: "My dog is called Rex. I prefer short answers." }];
  const event = { sessionId: "s", token: tenantId, atMs: startMs, firstSequence: 1, lastSequence: 1, parts };
  await memory.ingest(tenantId, "ann", event);
  const path = "/v1/actors/ann/memories";
  const { body } = await asked("GET", path);
  const fact = { object: "memory.record", kind: "fact", text: "My dog is called Rex." };
  expect(body).toMatchObject({
    object: "list",
    data: expect.arrayContaining([expect.objectContaining(fact)]),
  });
  expect((await asked("GET", `${path}?limit=1`)).body).toMatchObject({ data: [{}], more: true });
  expect((await asked("GET", "/v1/actors/bob/memories")).body).toMatchObject({ data: [], more: false });
  const other = await api.newTenant();
  expect((await asked("GET", path, undefined, other.apiKey)).body.data).toEqual([]);
  for (const wrong of [
    "/v1/actors/%20/memories",
    `${path}?limit=0`,
    `${path}?limit=x`,
    `${path}?actor=bob`,
  ]) {
    expect((await asked("GET", wrong)).status).toBe(400);
  }
  const admin = adminClient(api);
  const forget = (of: string) => admin.forgetActor({ params: { tenantId: of, actor: "ann" } });
  expect(await forget(other.tenant.id)).toMatchObject({
    removed: { longTermMemory: { events: 0, records: 0 } },
  });
  expect(await forget(tenantId)).toMatchObject({
    scope: { kind: "actor", actor: "ann" },
    complete: true,
    removed: { longTermMemory: { events: 1 } },
    left: { longTermMemory: { events: 0, records: 0 } },
  });
  expect((await asked("GET", path)).body.data).toEqual([]);
  await expect(forget("t000000000000")).rejects.toMatchObject({ status: 404 });
  const { entries } = await admin.listAudit({ params: { tenantId } });
  expect(entries[0]).toMatchObject({ action: "memory.delete", change: { scope: "actor", actorId: "ann" } });
});

test("an admin forgets all of a tenant, with proof, and the audit chain tells of it", async () => {
  await say("one", "chat");
  const admin = adminClient(api);
  const params = { tenantId };
  expect(await admin.forgetTenant({ params })).toMatchObject({
    scope: { kind: "tenant" },
    complete: true,
    removed: { sessionStore: { sessions: 1, turns: 1 } },
  });
  expect((await asked("GET", "/v1/sessions?actor=ann")).body.data).toEqual([]);
  const { entries } = await admin.listAudit({ params });
  expect(entries[0]).toMatchObject({ action: "memory.delete", target: tenantId });
  await expect(admin.forgetTenant({ params: { tenantId: "t000000000000" } })).rejects.toMatchObject({
    status: 404,
  });
});
