/** Vercel's AI SDK with each provider that has a wire here. */
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { APICallError, generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
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

type ModelOf = (url: string, apiKey: string, id?: string) => LanguageModel;

const providers: readonly [name: string, wire: RegExp, modelOf: ModelOf][] = [
  [
    "@ai-sdk/openai",
    /^openai\.responses$/,
    (url, apiKey, id = model) => createOpenAI({ baseURL: `${url}/v1`, apiKey })(id),
  ],
  [
    "@ai-sdk/openai, chat",
    /^openai\.chat$/,
    (url, apiKey, id = model) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat(id),
  ],
  [
    "@ai-sdk/anthropic",
    /^anthropic\.messages$/,
    (url, apiKey, id = model) => createAnthropic({ baseURL: `${url}/v1`, apiKey })(id),
  ],
  [
    "@ai-sdk/amazon-bedrock",
    /^bedrock\.converse/,
    (url, apiKey, id = model) => createAmazonBedrock({ baseURL: url, apiKey, region: "us-east-1" })(id),
  ],
];

const weather = tool({
  description: "Weather of a city.",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `Rain in ${city}`,
});

describe.each(providers)("ai with %s", (_, wire, modelOf) => {
  test("answers, streams, sees images, follows a schema and works a tool loop", timeout, async () => {
    const tenant = await platform.current.createTenant();
    const used = modelOf(platform.current.url, tenant.apiKey);
    const whole = await generateText({ model: used, prompt: "Hello" });
    expect(whole.text).toContain('You said: "Hello"');
    const streamed = streamText({ model: used, prompt: "Hello" });
    expect(await streamed.text).toBe(whole.text);
    expect((await streamed.usage).outputTokens).toBe(whole.usage.outputTokens);
    const seen = await generateText({
      model: used,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is it?" },
            { type: "file", mediaType: "image/png", data: Buffer.from(onePixel, "base64") },
          ],
        },
      ],
    });
    expect(seen.text).toContain("I was shown 1 image");
    const schema = z.object({ city: z.string(), degrees: z.number() });
    const { output } = await generateText({
      model: used,
      output: Output.object({ schema }),
      prompt: "Any city.",
    });
    expect(schema.safeParse(output).success).toBe(true);
    const looped = await generateText({
      model: used,
      prompt: `Please ${callWeather}`,
      tools: { weather },
      stopWhen: stepCountIs(2),
    });
    expect(looped.steps).toHaveLength(2);
    expect(looped.text).toContain("Rain in Oslo");
    await expectEntries(platform.current, tenant, 6, wire);
  });

  test("throws its own typed errors", timeout, async () => {
    const tenant = await platform.current.createTenant({ capUsd: "0.000001" });
    const { url } = platform.current;
    const ask = (used: LanguageModel) =>
      failure(generateText({ model: used, prompt: "Hello", maxRetries: 0 }));
    const refused = [
      await ask(modelOf(url, wrongKeyOf(tenant))),
      await ask(modelOf(url, tenant.apiKey, "nope")),
      await ask(modelOf(url, tenant.apiKey)),
    ];
    for (const error of refused) {
      expect(APICallError.isInstance(error)).toBe(true);
    }
    expect(refused.map(({ statusCode }) => Number(statusCode)).slice(0, 2)).toEqual([
      wire.test("bedrock.converse") ? 403 : 401,
      404,
    ]);
    expect(String(refused[2]?.message)).toMatch(/budget|cap|left/i);
    expect(platform.current.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  });

  test("leaves in the middle of a stream, and the model stops", timeout, async () => {
    const tenant = await platform.current.createTenant();
    await whileSlow(platform.current, tenant, async () => {
      const leaving = new AbortController();
      const { textStream } = streamText({
        model: modelOf(platform.current.url, tenant.apiKey),
        prompt: longAnswer,
        abortSignal: leaving.signal,
        onError: () => undefined,
      });
      for await (const _text of textStream) {
        leaving.abort();
      }
    });
  });
});
