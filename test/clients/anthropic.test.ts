/** Anthropic's SDK, before and after it changed how it sends its key. */
import AnthropicNow from "@anthropic-ai/sdk";
import { betaTool } from "@anthropic-ai/sdk/helpers/beta/json-schema";
import { jsonSchemaOutputFormat } from "@anthropic-ai/sdk/helpers/json-schema";
import AnthropicBefore from "anthropic-sdk-0";
import { describe, expect, test } from "vitest";
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

/** One sends its key as a bearer token, the other as `x-api-key`. */
const sdks = [
  ["@anthropic-ai/sdk 1.x", AnthropicNow],
  ["@anthropic-ai/sdk 0.x", AnthropicBefore as unknown as typeof AnthropicNow],
] as const;

describe.each(sdks)("%s", (_, Anthropic) => {
  const clientOf = (apiKey: string) =>
    new Anthropic({ baseURL: platform.current.url, apiKey, maxRetries: 0 });
  const ask = (content: string) => ({
    model,
    max_tokens: 4_000,
    messages: [{ role: "user" as const, content }],
  });
  const weather = {
    name: "weather",
    input_schema: {
      type: "object" as const,
      properties: { city: { type: "string" as const } },
      required: ["city"],
    },
  };

  test("answers, streams, sees images, follows a schema and works a tool loop", timeout, async () => {
    const tenant = await platform.current.createTenant();
    const client = clientOf(tenant.apiKey);
    const whole = await client.messages.create(ask("Hello"));
    expect(whole).toMatchObject({ type: "message", stop_reason: "end_turn" });
    const streamed = await client.messages.stream(ask("Hello")).finalMessage();
    expect(streamed.content).toEqual(whole.content);
    expect(streamed.usage.output_tokens).toBe(whole.usage.output_tokens);
    const image = { type: "base64" as const, media_type: "image/png" as const, data: onePixel };
    const seen = await client.messages.create({
      ...ask(""),
      messages: [
        {
          role: "user",
          content: [
            { type: "image", source: image },
            { type: "text", text: "What is it?" },
          ],
        },
      ],
    });
    expect(JSON.stringify(seen.content)).toContain("I was shown 1 image");
    const parsed = await client.messages.parse({
      ...ask("Any city."),
      output_config: {
        format: jsonSchemaOutputFormat({ ...weather.input_schema, additionalProperties: false }),
      },
    });
    expect(parsed.parsed_output).toEqual({ city: expect.any(String) });
    const asked = ask(`Please ${callWeather}`);
    const called = await client.messages.stream({ ...asked, tools: [weather] }).finalMessage();
    const [use] = called.content;
    expect(use).toMatchObject({ type: "tool_use", name: "weather", input: { city: "Oslo" } });
    const answered = await client.messages.create({
      ...asked,
      tools: [weather],
      messages: [
        ...asked.messages,
        { role: "assistant", content: called.content },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: (use as { id: string }).id, content: "Rain" }],
        },
      ],
    });
    expect(JSON.stringify(answered.content)).toContain("Rain");
    await expectEntries(platform.current, tenant, 6, "anthropic.messages");
  });

  test.each([false, true])(
    "its tool runner works a loop by itself, streamed: %s",
    timeout,
    async (stream) => {
      const tenant = await platform.current.createTenant();
      const tools = [
        betaTool({
          name: "weather",
          description: "Weather of a city.",
          inputSchema: weather.input_schema,
          run: ({ city }) => `Rain in ${city}`,
        }),
      ];
      const runner = clientOf(tenant.apiKey).beta.messages.toolRunner({
        ...ask(`Please ${callWeather}`),
        tools,
        stream,
      });
      expect(JSON.stringify((await runner.runUntilDone()).content)).toContain(
        "The tool answered: Rain in Oslo",
      );
      await expectEntries(platform.current, tenant, 2, "anthropic.messages");
    },
  );

  test("throws its own typed errors", timeout, async () => {
    const tenant = await platform.current.createTenant({ capUsd: "0.000001" });
    const client = clientOf(tenant.apiKey);
    const wrongKey = clientOf(wrongKeyOf(tenant));
    expect(await failure(wrongKey.messages.create(ask("Hello")))).toBeInstanceOf(
      Anthropic.AuthenticationError,
    );
    const unknown = await failure(client.messages.create({ ...ask("Hello"), model: "nope" }));
    expect(unknown).toBeInstanceOf(Anthropic.NotFoundError);
    const spent = await failure(client.messages.create(ask("Hello")));
    expect(spent).toMatchObject({ status: 402, error: { error: { code: "budget_exceeded" } } });
    const bad = await failure(client.messages.create({ ...ask("Hello"), max_tokens: 0 }));
    expect(bad).toBeInstanceOf(Anthropic.BadRequestError);
    expect(platform.current.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  });

  test("leaves in the middle of a stream, and the model stops", timeout, async () => {
    const tenant = await platform.current.createTenant();
    const stream = clientOf(tenant.apiKey).messages.stream(ask(longAnswer));
    await whileSlow(platform.current, tenant, async () => {
      for await (const event of stream) {
        if (event.type === "content_block_delta") {
          stream.abort();
          break;
        }
      }
    });
  });
});
