/** The real OpenAI SDK against the whole API, over loopback: responses that are stored, continued and deleted. */
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Listener, listen } from "../../http/listen.ts";
import { adminClient } from "../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeout = 60_000;
const model = "amazon.nova-lite-v1:0";

let api: OpenApi;
let listener: Listener;
let client: OpenAI;

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-22T12:00:00Z"));
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: api.fetch });
  client = await newClient();
}, timeout);
afterAll(async () => {
  await listener?.drain(0);
  await api?.close();
});

async function newClient(): Promise<OpenAI> {
  const { apiKey } = await api.newTenant();
  return new OpenAI({ baseURL: `http://127.0.0.1:${listener.port}/v1`, apiKey, maxRetries: 0 });
}

type Members = Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>;
const ask = (input: string, previous?: { readonly id: string }, more: Members = {}) =>
  client.responses.create({ model, input, ...(previous && { previous_response_id: previous.id }), ...more });
const read = (messages: number) => `I read ${messages} message${messages > 1 ? "s" : ""}.`;

const weather = {
  type: "function" as const,
  name: "weather",
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } } },
};

test("a response continues the one before, streamed or not, and an earlier one as a branch of its own", {
  timeout,
}, async () => {
  const first = await ask("One");
  const second = await client.responses
    .stream({ model, input: "Two", previous_response_id: first.id })
    .finalResponse();
  const third = await ask("Three", second);
  const branch = await ask("Two again", first);
  const leaf = await ask("Three again", branch);
  expect(
    [first, second, third, branch, leaf].map(({ output_text: text }) => /I read .*?\./.exec(text)?.[0]),
  ).toEqual([1, 3, 5, 3, 5].map(read));
  expect((await ask("Four", third)).output_text).toContain(read(7));
});

test("a branch keeps what was said before as it was, whatever its model reads of it", {
  timeout,
}, async () => {
  const image_url = `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==`;
  const content = [
    { type: "input_text" as const, text: "See" },
    { type: "input_image" as const, image_url, detail: "auto" as const },
  ];
  const first = await client.responses.create({ model, input: [{ role: "user", content }] });
  await ask("Two", first);
  const branch = await ask("Two again", first, { model: "amazon.nova-micro-v1:0" });
  expect(branch.output_text).toContain(read(3));
  const { data } = await client.responses.inputItems.list(branch.id, { order: "asc" });
  expect(data[0]).toMatchObject({ content });
});

test("a function's output alone goes on after its call", { timeout }, async () => {
  const first = await ask("use weather", undefined, { tools: [weather] });
  const call = first.output.find((item) => item.type === "function_call")!;
  const second = await client.responses.create({
    model,
    previous_response_id: first.id,
    input: [{ type: "function_call_output", call_id: call.call_id, output: "Rain." }],
  });
  expect(second.output_text).toContain("The tool answered: Rain.");
  const unknown = client.responses.create({
    model,
    previous_response_id: second.id,
    input: [{ type: "function_call_output", call_id: "other", output: "Rain." }],
  });
  await expect(unknown).rejects.toBeInstanceOf(OpenAI.BadRequestError);
});

test("an answer that came by the answer tool is kept as the text that it stands for", {
  timeout,
}, async () => {
  const first = await ask("As JSON", undefined, { text: { format: { type: "json_object" } } });
  expect((await ask("And now?", first)).output_text).toContain(read(3));
});

test("items of stored responses may be referred to by their ids", { timeout }, async () => {
  const first = await ask("One");
  const second = await client.responses.create({
    model,
    input: [
      { role: "user", content: "One" },
      { type: "item_reference", id: first.output[0]!.id! },
      { role: "user", content: "Two" },
    ],
  });
  expect(second.output_text).toContain(read(3));
});

test("store: false takes along what was said, and is itself not kept", { timeout }, async () => {
  const first = await ask("One");
  const second = await ask("Two", first, { store: false });
  expect(second.output_text).toContain(read(3));
  await expect(client.responses.retrieve(second.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  expect((await ask("Two again", first)).output_text).toContain(read(3));
});

test("a stored response is read, its input is listed, and it is deleted once", { timeout }, async () => {
  const first = await ask("One");
  const second = await ask("Two", first);
  expect(await client.responses.retrieve(second.id)).toMatchObject({
    id: second.id,
    status: "completed",
    model,
    created_at: second.created_at,
    output: second.output,
    previous_response_id: first.id,
    usage: second.usage,
  });
  const items = [];
  for await (const item of client.responses.inputItems.list(second.id)) {
    items.push(item);
  }
  expect(items).toMatchObject([
    { type: "message", role: "user", content: [{ type: "input_text", text: "Two" }] },
  ]);
  await client.responses.delete(second.id);
  await expect(client.responses.delete(second.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  expect((await ask("Two again", first)).output_text).toContain(read(3));
});

test("a response that could not be kept says that it is not stored, streamed or not", {
  timeout,
}, async () => {
  // Too large for the table, with S3 down for longer than the SDK tries.
  const large = "word ".repeat(100_000);
  const down = () =>
    api.awsLocal.addFault({ service: "s3", kind: "unavailable", operation: "PutObject", count: 10 });
  for (const answer of [
    () => ask(large),
    () => client.responses.stream({ model, input: large }).finalResponse(),
  ]) {
    down();
    const lost = await answer();
    api.awsLocal.clearFaults();
    expect(lost).toMatchObject({ status: "completed", store: false });
    await expect(ask("Two", lost)).rejects.toMatchObject({ status: 404, code: "not_found" });
    const kept = await answer();
    expect(kept).toMatchObject({ store: true });
    expect((await ask("Two", kept)).output_text).toContain(read(3));
  }
});

test("a response whose session is deleted while it is made is not stored", { timeout }, async () => {
  api.awsLocal.gate.set(true);
  const headers = { "x-caprock-session": "gone" };
  const asked = client.responses.create({ model, input: "One" }, { headers }).withResponse();
  await vi.waitFor(() => expect(api.awsLocal.gate.waiting).toBe(1));
  await api.send("DELETE", "/v1/sessions/gone", { key: client.apiKey ?? "" });
  api.awsLocal.gate.set(false);
  const { data: lost, response } = await asked;
  expect(response.headers.get("x-caprock-warning")).toMatch(/^store: .* not kept/);
  expect(lost).toMatchObject({ status: "completed", store: false });
  await expect(client.responses.retrieve(lost.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

test("an id that is unknown, or another tenant's, is the same NotFoundError everywhere", {
  timeout,
}, async () => {
  const foreign = await (await newClient()).responses.create({ model, input: "Secret" });
  for (const id of [foreign.id, "resp_req_00000000000000000000000000", "resp_1"]) {
    for (const asked of [
      client.responses.retrieve(id),
      client.responses.delete(id),
      ask("Two", { id }),
      client.responses.create({
        model,
        input: [{ type: "item_reference", id: id.replace("resp_", "msg_").concat("_0") }],
      }),
    ]) {
      await expect(asked).rejects.toMatchObject({ status: 404, code: "not_found" });
    }
  }
});

test("of two that continue the same response at once, one is told of the conflict or branches off", {
  timeout,
}, async () => {
  const first = await ask("One");
  const both = await Promise.allSettled([ask("Two", first), ask("Two", first)]);
  const answered = both.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(answered.length).toBeGreaterThan(0);
  for (const one of both) {
    if (one.status === "fulfilled") {
      expect(one.value.output_text).toContain(read(3));
    } else {
      expect(one.reason).toMatchObject({ status: 409, code: "session_conflict" });
    }
  }
});

test("an end user's responses are not there for another one of the same tenant", { timeout }, async () => {
  const as = (actor: string) => ({ headers: { "x-caprock-actor": actor } });
  const first = await client.responses.create({ model, input: "One" }, as("ann"));
  const own = await client.responses.create(
    { model, input: "Two", previous_response_id: first.id },
    as("ann"),
  );
  expect(own.output_text).toContain(read(3));
  for (const store of [true, false]) {
    const stolen = { model, input: "Two", previous_response_id: first.id, store };
    await expect(client.responses.create(stolen, as("bob"))).rejects.toMatchObject({ status: 404 });
  }
  await expect(client.responses.retrieve(first.id, {}, as("bob"))).rejects.toMatchObject({ status: 404 });
  await expect(client.responses.delete(first.id, as("bob"))).rejects.toMatchObject({ status: 404 });
  expect(await client.responses.retrieve(first.id, {}, as("ann"))).toMatchObject({ id: first.id });
});

test("a branch that begins with what was said while memory was off stays out of long-term memory", {
  timeout,
}, async () => {
  const { tenant, apiKey } = await api.newTenant();
  const tenantId = tenant.id;
  await adminClient(api).updateTenant({ params: { tenantId }, body: { contextPolicy: { memory: true } } });
  const baseURL = `http://127.0.0.1:${listener.port}/v1`;
  const defaultHeaders = { "x-caprock-actor": "ann" };
  const ann = new OpenAI({ baseURL, apiKey, maxRetries: 0, defaultHeaders });
  const branchOf = async (memory: boolean) => {
    const headers = { "x-caprock-context": JSON.stringify({ memory }) };
    const first = await ann.responses.create({ model, input: "One" }, { headers });
    await ann.responses.create({ model, input: "Two", previous_response_id: first.id });
    const branch = await ann.responses.create({
      model,
      input: "Two again",
      previous_response_id: first.id,
    });
    const session = { tenantId, actorId: "ann", sessionId: branch.id };
    return (await api.parts.tenant.memory.sessions.turnsAfter(session, 0, 10)).map(
      ({ sessionOnly }) => sessionOnly,
    );
  };
  expect(await branchOf(true)).toEqual([false]);
  expect(await branchOf(false)).toEqual([true]);
});
