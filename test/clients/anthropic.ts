/** Anthropic's SDK, before and after it changed how it sends its key: 0.x as `x-api-key`, 1.x as a bearer token. */
import AnthropicNow from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import AnthropicBefore from "anthropic-sdk-0";
import { expect } from "vitest";
import { type Client, model, onePixel, type Place, weather } from "./client.ts";

type Sdk = typeof AnthropicNow;

const tool = { name: weather.name, description: weather.description, input_schema: weather.schema };
const asked = (content: AnthropicNow.MessageParam["content"], id = model) => ({
  model: id,
  max_tokens: 4_000,
  messages: [{ role: "user" as const, content }],
});
const textOf = ({ content }: { readonly content: readonly { readonly type: string }[] }) =>
  content.flatMap((block) => ("text" in block ? [block.text] : [])).join("");

function anthropic(name: string, Anthropic: Sdk): Client {
  const clientOf = ({ url, tenant }: Place) =>
    new Anthropic({ baseURL: url, apiKey: tenant.apiKey, maxRetries: 0 });

  async function runTools(where: Place, stream: boolean): Promise<void> {
    const run = betaTool({
      name: weather.name,
      description: weather.description,
      inputSchema: weather.schema,
      run: (input) => weather.run(input as { city: string }),
    });
    const request = asked('[[tool=weather {"city":"Oslo"}]]');
    const runner = clientOf(where).beta.messages.toolRunner({ ...request, tools: [run], stream });
    expect(textOf(await runner.runUntilDone())).toContain("The tool answered: Rain in Oslo");
  }

  return {
    name,
    wire: /^anthropic\.messages$/,
    errors: {
      wrongKey: [Anthropic.AuthenticationError, { type: "authentication_error" }],
      unknownModel: [Anthropic.NotFoundError, { type: "not_found_error" }],
      spentBudget: [Anthropic.APIError, { status: 402, error: { error: { code: "budget_exceeded" } } }],
    },
    open(where) {
      const { messages } = clientOf(where);
      return {
        say: async (text, id) => textOf(await messages.create(asked(text, id))),
        async *stream(text, signal) {
          for await (const event of await messages.create({ ...asked(text), stream: true }, { signal })) {
            if (event.type === "content_block_delta" && event.delta.type === "text_delta") {
              yield event.delta.text;
            }
          }
        },
        async see(text) {
          const source = { type: "base64" as const, media_type: "image/png" as const, data: onePixel };
          const content = [
            { type: "image" as const, source },
            { type: "text" as const, text },
          ];
          return textOf(await messages.create(asked(content)));
        },
        async follow(text) {
          const format = jsonSchemaOutputFormat({
            type: "object",
            properties: { city: { type: "string" }, degrees: { type: "number" } },
            required: ["city", "degrees"],
            additionalProperties: false,
          });
          return (await messages.parse({ ...asked(text), output_config: { format } })).parsed_output;
        },
        async work(text) {
          const called = await messages.stream({ ...asked(text), tools: [tool] }).finalMessage();
          const uses = called.content.filter((block) => block.type === "tool_use");
          const results = uses.map(({ id, input }) => ({
            type: "tool_result" as const,
            tool_use_id: id,
            content: weather.run(input as { city: string }),
          }));
          const answer = await messages.create({
            ...asked(""),
            tools: [tool],
            messages: [
              ...asked(text).messages,
              { role: "assistant", content: called.content },
              { role: "user", content: results },
            ],
          });
          return { calls: uses.map(({ input }) => input), answer: textOf(answer) };
        },
        async fragments(text) {
          const pieces: string[] = [];
          for await (const event of await messages.create({ ...asked(text), tools: [tool], stream: true })) {
            if (event.type === "content_block_delta" && event.delta.type === "input_json_delta") {
              pieces.push(event.delta.partial_json);
            }
          }
          return pieces;
        },
      };
    },
    own: {
      "works a loop by its tool runner, whole": (where) => runTools(where, false),
      "works a loop by its tool runner, streamed": (where) => runTools(where, true),
      "refuses a bad member as its own error": async (where) => {
        const bad = clientOf(where).messages.create({ ...asked("Hello"), max_tokens: 0 });
        await expect(bad).rejects.toBeInstanceOf(Anthropic.BadRequestError);
      },
    },
  };
}

export const anthropicClients: readonly Client[] = [
  anthropic("@anthropic-ai/sdk 1.x", AnthropicNow),
  anthropic("@anthropic-ai/sdk 0.x", AnthropicBefore as unknown as Sdk),
];
