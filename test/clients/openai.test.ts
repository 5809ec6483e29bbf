/** The OpenAI SDK, over chat completions and over responses. */
import OpenAI from "openai";
import { zodResponseFormat, zodTextFormat } from "openai/helpers/zod";
import { expect, test } from "vitest";
import { z } from "zod";
import { openAiClient } from "../platform/clients.ts";
import {
  callWeather,
  expectEntries,
  failure,
  longAnswer,
  model,
  onePixel,
  usePlatform,
  whileSlow,
  wrongKeyOf,
} from "./scenes.ts";

const timeout = { timeout: 60_000 };
const platform = usePlatform();

const place = z.object({ city: z.string(), degrees: z.number() });
const image = `data:image/png;base64,${onePixel}`;
const weather = {
  type: "function" as const,
  name: "weather",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  strict: false,
};

function runnable(name: string, parameters: object, run: (input: Record<string, string>) => string) {
  return {
    type: "function" as const,
    function: {
      name,
      description: `The ${name}.`,
      parameters: { ...parameters },
      parse: JSON.parse,
      function: run,
    },
  };
}

test("chat completions follow a schema, whole and streamed", timeout, async () => {
  const tenant = await platform.current.createTenant();
  const { chat } = openAiClient(platform.current.url, tenant);
  const asked = {
    model,
    messages: [{ role: "user" as const, content: "Any city." }],
    response_format: zodResponseFormat(place, "place"),
  };
  const parsed = await chat.completions.parse(asked);
  expect(place.safeParse(parsed.choices[0]?.message.parsed).success).toBe(true);
  const streamed = await chat.completions.stream(asked).finalChatCompletion();
  expect(streamed.choices[0]?.message.parsed).toEqual(parsed.choices[0]?.message.parsed);
  await expectEntries(platform.current, tenant, 2, "openai.chat");
});

test("chat completions answer, stream, see images and stop where they are told", timeout, async () => {
  const tenant = await platform.current.createTenant();
  const { completions } = openAiClient(platform.current.url, tenant).chat;
  const ask = (
    content: OpenAI.ChatCompletionUserMessageParam["content"],
    more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {},
  ) => completions.create({ model, messages: [{ role: "user", content }], ...more });

  const whole = await ask("Hello");
  expect(whole.choices[0]).toMatchObject({ finish_reason: "stop", message: { role: "assistant" } });
  expect(whole.choices[0]?.message.content).toContain('You said: "Hello"');
  const withSystem = await completions.create({
    model,
    messages: [
      { role: "system", content: "You are a clerk who answers in one line." },
      { role: "user", content: "Hello" },
    ],
  });
  expect(withSystem.usage?.prompt_tokens).toBeGreaterThan(whole.usage?.prompt_tokens ?? 0);
  const seen = await ask([
    { type: "text", text: "What is it?" },
    { type: "image_url", image_url: { url: image } },
  ]);
  expect(seen.choices[0]?.message.content).toContain("I was shown 1 image");
  const stopped = await ask("first HALT second", { stop: "HALT" });
  expect(stopped.choices[0]).toMatchObject({ finish_reason: "stop" });
  expect(stopped.choices[0]?.message.content).toMatch(/You said: "first $/);
  const short = await ask("[[tokens=500]]", { max_tokens: 7 });
  expect(short).toMatchObject({ choices: [{ finish_reason: "length" }], usage: { completion_tokens: 7 } });
  const streamed = await completions
    .stream({
      model,
      messages: [{ role: "user", content: "[[tokens=120]]" }],
      stream_options: { include_usage: true },
    })
    .finalChatCompletion();
  expect(streamed).toMatchObject({ choices: [{ finish_reason: "stop" }], usage: { completion_tokens: 120 } });
  await expectEntries(platform.current, tenant, 6, "openai.chat");
});

test.each([false, true])(
  "the tool runner works a loop with parallel calls through to the answer, streamed: %s",
  timeout,
  async (stream) => {
    const tenant = await platform.current.createTenant();
    const { completions } = openAiClient(platform.current.url, tenant).chat;
    const asked = {
      model,
      messages: [{ role: "user" as const, content: `Please ${callWeather} [[tool=clock {}]]` }],
      tools: [
        runnable("weather", weather.parameters, ({ city }) => `Rain in ${city}`),
        runnable("clock", { type: "object", properties: {} }, () => "half past nine"),
      ],
    };
    const runner = stream
      ? completions.runTools({ ...asked, stream: true })
      : completions.runTools({ ...asked, stream: false });
    const answer = await runner.finalContent();
    expect(answer).toContain("The tool answered: Rain in Oslo");
    expect(answer).toContain("The tool answered: half past nine");
    await expectEntries(platform.current, tenant, 2, "openai.chat");
  },
);

test("the models are listed with their names as Bedrock has them", timeout, async () => {
  const { models } = openAiClient(platform.current.url, await platform.current.createTenant());
  const ids: string[] = [];
  for await (const { id } of models.list()) {
    ids.push(id);
  }
  expect(ids).toContain(model);
  expect(await models.retrieve(model)).toMatchObject({ id: model, object: "model" });
  expect(await failure(models.retrieve("nope"))).toMatchObject({ status: 404, code: "model_not_found" });
});

test("responses answer, stream, see images, follow a schema and work a tool loop", timeout, async () => {
  const tenant = await platform.current.createTenant();
  const { responses } = openAiClient(platform.current.url, tenant);
  const whole = await responses.create({ model, input: "Hello" });
  expect(whole.output_text).toContain('You said: "Hello"');
  const streamed = await responses.stream({ model, input: "Hello" }).finalResponse();
  expect(streamed.output_text).toBe(whole.output_text);
  expect(streamed.usage?.output_tokens).toBe(whole.usage?.output_tokens);
  const seen = await responses.create({
    model,
    input: [
      {
        role: "user",
        content: [
          { type: "input_text", text: "What is it?" },
          { type: "input_image", image_url: image, detail: "auto" },
        ],
      },
    ],
  });
  expect(seen.output_text).toContain("I was shown 1 image");
  const parsed = await responses.parse({
    model,
    input: "Any city.",
    text: { format: zodTextFormat(place, "place") },
  });
  expect(place.safeParse(parsed.output_parsed).success).toBe(true);
  const called = await responses
    .stream({ model, input: `Please ${callWeather}`, tools: [weather] })
    .finalResponse();
  const call = called.output.find((item) => item.type === "function_call");
  expect(call).toMatchObject({ name: "weather" });
  expect(JSON.parse(call?.arguments ?? "")).toEqual({ city: "Oslo" });
  const answered = await responses.create({
    model,
    previous_response_id: called.id,
    input: [{ type: "function_call_output", call_id: call?.call_id ?? "", output: "Rain in Oslo" }],
    tools: [weather],
  });
  expect(answered.output_text).toContain("Rain in Oslo");
  await expectEntries(platform.current, tenant, 6, "openai.responses");
});

type Ask = (client: OpenAI, id?: string) => PromiseLike<unknown>;
const apis: readonly [
  name: string,
  ask: Ask,
  read: (client: OpenAI, leave: () => void, signal: AbortSignal) => Promise<void>,
][] = [
  [
    "chat completions",
    ({ chat }, id = model) =>
      chat.completions.create({ model: id, messages: [{ role: "user", content: "Hello" }] }),
    async ({ chat }, leave, signal) => {
      const messages = [{ role: "user" as const, content: longAnswer }];
      for await (const chunk of await chat.completions.create(
        { model, messages, stream: true },
        { signal },
      )) {
        if (chunk.choices[0]?.delta.content) {
          leave();
        }
      }
    },
  ],
  [
    "responses",
    ({ responses }, id = model) => responses.create({ model: id, input: "Hello" }),
    async ({ responses }, leave, signal) => {
      for await (const event of await responses.create(
        { model, input: longAnswer, stream: true },
        { signal },
      )) {
        if (event.type === "response.output_text.delta") {
          leave();
        }
      }
    },
  ],
];

test.each(apis)("%s throw the SDK's own typed errors, and a spent budget once", timeout, async (_, ask) => {
  const tenant = await platform.current.createTenant({ capUsd: "0.000001" });
  const client = openAiClient(platform.current.url, tenant);
  const stranger = openAiClient(platform.current.url, { apiKey: wrongKeyOf(tenant) });
  expect(await failure(ask(stranger))).toBeInstanceOf(OpenAI.AuthenticationError);
  const unknown = await failure(ask(client, "nope"));
  expect(unknown).toBeInstanceOf(OpenAI.NotFoundError);
  expect(unknown).toMatchObject({ code: "model_not_found", param: "model" });
  const spent = await failure(ask(client));
  expect(spent).toBeInstanceOf(OpenAI.RateLimitError);
  expect(spent).toMatchObject({ code: "budget_exceeded", type: "insufficient_quota" });
  expect(platform.current.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
});

test.each(apis)(
  "%s are left in the middle of a stream, and the model stops",
  timeout,
  async (_, _ask, read) => {
    const tenant = await platform.current.createTenant();
    await whileSlow(platform.current, tenant, async () => {
      const leaving = new AbortController();
      await read(openAiClient(platform.current.url, tenant), () => leaving.abort(), leaving.signal);
    });
  },
);
