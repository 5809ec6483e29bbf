/** The OpenAI SDK over chat completions. */
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { expect } from "vitest";
import { openAiClient } from "../platform/clients.ts";
import { type Client, model, onePixel, type Place, place, weather } from "./client.ts";

const tool = {
  type: "function" as const,
  function: { name: weather.name, description: weather.description, parameters: weather.schema },
};

export const openAiErrors: Client["errors"] = {
  wrongKey: [OpenAI.AuthenticationError, { code: "invalid_api_key" }],
  unknownModel: [OpenAI.NotFoundError, { code: "model_not_found", param: "model" }],
  spentBudget: [OpenAI.RateLimitError, { code: "budget_exceeded", type: "insufficient_quota" }],
};

const asked = (content: OpenAI.ChatCompletionUserMessageParam["content"], id = model) => ({
  model: id,
  messages: [{ role: "user" as const, content }],
});

export const openAiChat: Client = {
  name: "openai, chat completions",
  wire: /^openai\.chat$/,
  errors: openAiErrors,
  open({ url, tenant }) {
    const { completions } = openAiClient(url, tenant).chat;
    const textOf = ({ choices }: OpenAI.ChatCompletion) => choices[0]?.message.content ?? "";
    return {
      say: async (text, id) => textOf(await completions.create(asked(text, id))),
      async *stream(text, signal) {
        const chunks = await completions.create({ ...asked(text), stream: true }, { signal });
        for await (const { choices } of chunks) {
          yield choices[0]?.delta.content ?? "";
        }
      },
      async see(text) {
        const image_url = { url: `data:image/png;base64,${onePixel}` };
        const parts = [
          { type: "text" as const, text },
          { type: "image_url" as const, image_url },
        ];
        return textOf(await completions.create(asked(parts)));
      },
      async follow(text) {
        const format = { ...asked(text), response_format: zodResponseFormat(place, "place") };
        const parsed = (await completions.parse(format)).choices[0]?.message.parsed;
        const streamed = await completions.stream(format).finalChatCompletion();
        expect(streamed.choices[0]?.message.parsed).toEqual(parsed);
        return parsed;
      },
      async work(text) {
        const first = await completions.create({ ...asked(text), tools: [tool] });
        const message = first.choices[0]?.message;
        const calls = (message?.tool_calls ?? []).flatMap((call) =>
          call.type === "function" ? [{ id: call.id, input: JSON.parse(call.function.arguments) }] : [],
        );
        const answer = await completions.create({
          model,
          tools: [tool],
          messages: [
            ...asked(text).messages,
            ...(message ? [message] : []),
            ...calls.map(({ id, input }) => ({
              role: "tool" as const,
              tool_call_id: id,
              content: weather.run(input),
            })),
          ],
        });
        return { calls: calls.map(({ input }) => input), answer: textOf(answer) };
      },
      async fragments(text) {
        const pieces: string[] = [];
        for await (const { choices } of await completions.create({
          ...asked(text),
          tools: [tool],
          stream: true,
        })) {
          pieces.push(choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? "");
        }
        return pieces;
      },
    };
  },
  own: {
    "stops at a text and at a maximum, and tells a stream's usage": stops,
    "works a loop by its tool runner, whole": (where) => runTools(where, false),
    "works a loop by its tool runner, streamed": (where) => runTools(where, true),
    "lists the models with their names as Bedrock has them": listModels,
  },
};

async function stops({ url, tenant }: Place): Promise<void> {
  const { completions } = openAiClient(url, tenant).chat;
  const stopped = await completions.create({ ...asked("first HALT second"), stop: "HALT" });
  expect(stopped.choices[0]).toMatchObject({ finish_reason: "stop" });
  expect(stopped.choices[0]?.message.content).toMatch(/You said: "first $/);
  const short = await completions.create({ ...asked("[[tokens=500]]"), max_tokens: 7 });
  expect(short).toMatchObject({ choices: [{ finish_reason: "length" }], usage: { completion_tokens: 7 } });
  const streamed = await completions
    .stream({ ...asked("[[tokens=120]]"), stream_options: { include_usage: true } })
    .finalChatCompletion();
  expect(streamed).toMatchObject({ choices: [{ finish_reason: "stop" }], usage: { completion_tokens: 120 } });
}

async function runTools({ url, tenant }: Place, stream: boolean): Promise<void> {
  const { completions } = openAiClient(url, tenant).chat;
  const runnable = (name: string, run: (input: { city: string }) => string) => ({
    type: "function" as const,
    function: {
      name,
      description: `The ${name}.`,
      parameters: { ...weather.schema },
      parse: JSON.parse,
      function: run,
    },
  });
  const request = {
    ...asked('[[tool=weather {"city":"Oslo"}]] [[tool=clock {"city":"Oslo"}]]'),
    tools: [runnable("weather", weather.run), runnable("clock", () => "half past nine")],
  };
  const runner = stream
    ? completions.runTools({ ...request, stream: true })
    : completions.runTools({ ...request, stream: false });
  const answer = await runner.finalContent();
  expect(answer).toContain("The tool answered: Rain in Oslo");
  expect(answer).toContain("The tool answered: half past nine");
}

async function listModels({ url, tenant }: Place): Promise<void> {
  const { models } = openAiClient(url, tenant);
  const ids: string[] = [];
  for await (const { id } of models.list()) {
    ids.push(id);
  }
  expect(ids).toContain(model);
  expect(await models.retrieve(model)).toMatchObject({ id: model, object: "model" });
  await expect(models.retrieve("nope")).rejects.toMatchObject({ status: 404, code: "model_not_found" });
}
