/** The real OpenAI SDK against the whole API, over loopback: responses. */
import fc from "fast-check";
import OpenAI from "openai";
import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listener, listen } from "../../http/listen.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeout = 60_000;
const model = "amazon.nova-lite-v1:0";

let api: OpenApi;
let listener: Listener;
let client: OpenAI;
let key: string;

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-22T12:00:00Z"));
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: api.fetch });
  key = (await api.newTenant()).apiKey;
  client = new OpenAI({ baseURL: `http://127.0.0.1:${listener.port}/v1`, apiKey: key, maxRetries: 0 });
}, timeout);
afterAll(async () => {
  await listener?.drain(0);
  await api?.close();
});

const weather = {
  type: "function" as const,
  name: "weather",
  strict: false,
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

async function eventsOf(input: string): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = [];
  for await (const event of await client.responses.create({ model, input, tools: [weather], stream: true })) {
    events.push(event);
  }
  return events;
}

/** Runs of the same type as one: how many pieces there are is the model's affair. */
const order = (events: readonly ResponseStreamEvent[]) =>
  events.map(({ type }) => type).filter((type, index, all) => type !== all[index - 1]);

test("responses.create answers a string, with the usage", { timeout }, async () => {
  const response = await client.responses.create({ model, input: "Hello", instructions: "Be brief." });
  expect(response).toMatchObject({ object: "response", status: "completed", error: null });
  expect(response.id).toMatch(/^resp_/);
  expect(response.output_text).toContain('You said: "Hello"');
  expect(response.usage!.total_tokens).toBe(response.usage!.input_tokens + response.usage!.output_tokens);
});

test("a streamed text has OpenAI's events in OpenAI's order, numbered without a gap", {
  timeout,
}, async () => {
  const events = await eventsOf("Hello");
  expect(order(events)).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.completed",
  ]);
  expect(events.map(({ sequence_number: n }) => n)).toEqual(events.map((_, index) => index));
});

test("parallel calls stream their arguments, each as an item of its own", { timeout }, async () => {
  const events = await eventsOf('[[tool=weather {"city":"Oslo"}]] [[tool=weather {"city":"Rome"}]]');
  const call = [
    "response.output_item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.output_item.done",
  ];
  expect(order(events)).toEqual([
    "response.created",
    "response.in_progress",
    ...call,
    ...call,
    "response.completed",
  ]);
});

test("responses.stream gives the final response, the same as unstreamed but for its ids", {
  timeout,
}, async () => {
  const asked = { model, input: '[[tool=weather {"city":"Oslo"}]]', tools: [weather] };
  const streamed = await client.responses.stream(asked).finalResponse();
  const whole = await client.responses.create(asked);
  const plain = (output: readonly object[]) =>
    output.map((item) => ({ ...item, id: undefined, parsed_arguments: undefined }));
  expect(plain(streamed.output)).toEqual(plain(whole.output));
  expect(streamed.usage).toEqual(whole.usage);
});

test("a function's output is sent back beside its call", { timeout }, async () => {
  const first = await client.responses.create({ model, input: "use weather", tools: [weather] });
  const call = first.output.find((item) => item.type === "function_call")!;
  const second = await client.responses.create({
    model,
    tools: [weather],
    input: [
      { role: "user", content: "use weather" },
      call,
      { type: "function_call_output", call_id: call.call_id, output: "Rain." },
    ],
  });
  expect(second.output_text).toContain("The tool answered: Rain.");
});

test("text.format is kept, also by the SDK's parse helper", { timeout }, async () => {
  const response = await client.responses.parse({
    model,
    input: [{ role: "user", content: [{ type: "input_text", text: "Plan a trip." }] }],
    text: {
      format: {
        type: "json_schema",
        name: "trip",
        schema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      },
    },
  });
  expect(response.output_parsed).toEqual({ city: "example" });
});

test("an answer that is cut is incomplete, streamed and not", { timeout }, async () => {
  const asked = { model, input: "[[tokens=100]]", max_output_tokens: 10 };
  const whole = await client.responses.create(asked);
  const streamed = await client.responses.stream(asked).finalResponse();
  for (const response of [whole, streamed]) {
    expect(response.status).toBe("incomplete");
    expect(response.incomplete_details).toEqual({ reason: "max_output_tokens" });
    expect(response.output).toMatchObject([{ type: "message", status: "incomplete" }]);
  }
});

test("a stream that breaks off ends with response.failed", { timeout }, async () => {
  const { tenant, apiKey } = await api.newTenant();
  api.awsLocal.addFault({ service: "bedrock", kind: "exception", afterEvents: 4, tenant: tenant.id });
  const stream = await client.withOptions({ apiKey }).responses.create({
    model,
    input: "[[tokens=50]]",
    stream: true,
  });
  const events: ResponseStreamEvent[] = [];
  for await (const event of stream) {
    events.push(event);
  }
  expect(events.at(-1)).toMatchObject({
    type: "response.failed",
    response: { status: "failed", error: { code: expect.stringMatching(/^upstream_/) } },
  });
});

test.each([
  [{ tools: [{ type: "web_search" }] }, "tools[0]"],
  [{ background: true }, "background"],
  [{ input: [{ type: "web_search_call", id: "x", status: "completed" }] }, "input[0].type"],
  [{ frequency_penalty: 1 }, "frequency_penalty"],
])("what is not served is the SDK's BadRequestError, and names the member: %j", async (member, param) => {
  const asked = client.responses.create({ model, input: "Hi", ...member } as never);
  await expect(asked).rejects.toBeInstanceOf(OpenAI.BadRequestError);
  await expect(asked).rejects.toMatchObject({ param });
});

test("whatever the body is, it is answered or refused by name, never with a 500", { timeout }, async () => {
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom("Hi", "auto", "function", "low", 1, true, null, [], {}),
  );
  const part = fc.record(
    {
      type: fc.constantFrom("input_text", "input_image", "input_file", "x"),
      text: anything,
      image_url: anything,
    },
    { requiredKeys: [] },
  );
  const item = fc.record(
    {
      type: fc.constantFrom("message", "function_call", "function_call_output", "reasoning", 1),
      role: fc.constantFrom("user", "assistant", "system", "robot"),
      content: fc.oneof(anything, fc.array(part, { maxLength: 2 })),
      call_id: fc.constantFrom("a", ""),
      name: fc.constantFrom("weather", ""),
      arguments: fc.constantFrom("{}", "["),
      output: anything,
    },
    { requiredKeys: [] },
  );
  const body = fc.record(
    {
      model: fc.oneof({ arbitrary: fc.constant(model), weight: 9 }, { arbitrary: anything, weight: 1 }),
      input: fc.oneof(anything, fc.array(fc.oneof(item, anything), { maxLength: 3 })),
      tools: fc.oneof(anything, fc.constant([weather])),
      tool_choice: anything,
      text: fc.oneof(anything, fc.record({ format: anything })),
      reasoning: fc.oneof(anything, fc.record({ effort: anything })),
      stream: anything,
      metadata: anything,
      include: anything,
    },
    { requiredKeys: ["model", "input"] },
  );
  await fc.assert(
    fc.asyncProperty(body, async (sent) => {
      const response = await api.send("POST", "/v1/responses", { key, body: sent });
      await response.text();
      expect([200, 400, 404]).toContain(response.status);
    }),
    { numRuns: 150 },
  );
});
