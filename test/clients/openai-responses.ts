/** The OpenAI SDK over responses. */
import OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { expect } from "vitest";
import { openAiClient } from "../platform/clients.ts";
import { type Client, model, onePixel, type Place, place, weather } from "./client.ts";
import { openAiErrors } from "./openai-chat.ts";

const tool = {
  type: "function" as const,
  name: weather.name,
  description: weather.description,
  parameters: weather.schema,
  strict: false,
};

export const openAiResponses: Client = {
  name: "openai, responses",
  wire: /^openai\.responses$/,
  errors: openAiErrors,
  open({ url, tenant }) {
    const { responses } = openAiClient(url, tenant);
    return {
      say: async (input, id = model) => (await responses.create({ model: id, input })).output_text,
      async *stream(input, signal) {
        for await (const event of await responses.create({ model, input, stream: true }, { signal })) {
          if (event.type === "response.output_text.delta") {
            yield event.delta;
          }
        }
      },
      async see(text) {
        const image_url = `data:image/png;base64,${onePixel}`;
        const content = [
          { type: "input_text" as const, text },
          { type: "input_image" as const, image_url, detail: "auto" as const },
        ];
        return (await responses.create({ model, input: [{ role: "user", content }] })).output_text;
      },
      async follow(input) {
        const text = { format: zodTextFormat(place, "place") };
        return (await responses.parse({ model, input, text })).output_parsed;
      },
      async work(input) {
        const first = await responses.stream({ model, input, tools: [tool] }).finalResponse();
        const calls = first.output.filter((item) => item.type === "function_call");
        const results = calls.map((call) => ({
          type: "function_call_output" as const,
          call_id: call.call_id,
          output: weather.run(JSON.parse(call.arguments)),
        }));
        const answer = await responses.create({
          model,
          previous_response_id: first.id,
          input: results,
          tools: [tool],
        });
        return { calls: calls.map((call) => JSON.parse(call.arguments)), answer: answer.output_text };
      },
      async fragments(input) {
        const pieces: string[] = [];
        for await (const event of await responses.create({ model, input, tools: [tool], stream: true })) {
          if (event.type === "response.function_call_arguments.delta") {
            pieces.push(event.delta);
          }
        }
        return pieces;
      },
    };
  },
  own: { "keeps a chain of responses, gives it back, and forgets it": keepChain },
};

async function keepChain({ url, tenant }: Place): Promise<void> {
  const { responses } = openAiClient(url, tenant);
  const first = await responses.create({ model, input: "Hello" });
  const second = await responses.create({ model, input: "And now?", previous_response_id: first.id });
  expect(second.output_text).toContain("I read 3 messages");
  expect((await responses.retrieve(second.id)).output_text).toBe(second.output_text);
  const items: unknown[] = [];
  for await (const item of responses.inputItems.list(second.id)) {
    items.push(item);
  }
  expect(JSON.stringify(items)).toContain("And now?");
  await expect(responses.cancel(second.id)).rejects.toBeInstanceOf(OpenAI.APIError);
  await responses.delete(second.id);
  await expect(responses.retrieve(second.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
}
