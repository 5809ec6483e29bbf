/** Vercel's AI SDK with each provider that has a wire here. */
import { createAmazonBedrock } from "@ai-sdk/amazon-bedrock";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { generateText, type LanguageModel, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { type Client, type Expected, model, onePixel, type Place, place, weather } from "./client.ts";

const tools = {
  weather: tool({
    description: weather.description,
    inputSchema: z.object({ city: z.string() }),
    execute: async (input) => weather.run(input),
  }),
};

/** By its name: providers may bring a class of their own. */
const apiCallError = (statusCode: number): Expected => [Error, { name: "AI_APICallError", statusCode }];

function aiSdk(
  provider: string,
  wire: RegExp,
  statusOfStrangers: number,
  statusOfSpent: number,
  modelsOf: (place: Place) => (id: string) => LanguageModel,
): Client {
  return {
    name: `ai with ${provider}`,
    wire,
    errors: {
      wrongKey: apiCallError(statusOfStrangers),
      unknownModel: apiCallError(404),
      spentBudget: apiCallError(statusOfSpent),
    },
    open(where) {
      const models = modelsOf(where);
      const used = { model: models(model), maxRetries: 0 };
      return {
        say: async (prompt, id = model) => (await generateText({ ...used, model: models(id), prompt })).text,
        stream: (prompt, abortSignal) =>
          streamText({ ...used, prompt, abortSignal, onError: () => undefined }).textStream,
        async see(text) {
          const data = Buffer.from(onePixel, "base64");
          const content = [
            { type: "text" as const, text },
            { type: "file" as const, mediaType: "image/png", data },
          ];
          return (await generateText({ ...used, messages: [{ role: "user", content }] })).text;
        },
        follow: async (prompt) =>
          (await generateText({ ...used, prompt, output: Output.object({ schema: place }) })).output,
        async work(prompt) {
          const { steps, text } = await generateText({ ...used, prompt, tools, stopWhen: stepCountIs(2) });
          return { calls: (steps[0]?.toolCalls ?? []).map(({ input }) => input), answer: text };
        },
        async fragments(prompt) {
          const pieces: string[] = [];
          for await (const part of streamText({ ...used, prompt, tools }).fullStream) {
            if (part.type === "tool-input-delta") {
              pieces.push(part.delta);
            }
          }
          return pieces;
        },
      };
    },
  };
}

export const aiSdkClients: readonly Client[] = [
  aiSdk("@ai-sdk/openai", /^openai\.responses$/, 401, 429, ({ url, tenant: { apiKey } }) =>
    createOpenAI({ baseURL: `${url}/v1`, apiKey }),
  ),
  aiSdk(
    "@ai-sdk/openai, chat",
    /^openai\.chat$/,
    401,
    429,
    ({ url, tenant: { apiKey } }) => createOpenAI({ baseURL: `${url}/v1`, apiKey }).chat,
  ),
  aiSdk("@ai-sdk/anthropic", /^anthropic\.messages$/, 401, 402, ({ url, tenant: { apiKey } }) =>
    createAnthropic({ baseURL: `${url}/v1`, apiKey }),
  ),
  aiSdk("@ai-sdk/amazon-bedrock", /^bedrock\.converse/, 403, 400, ({ url, tenant: { apiKey } }) =>
    createAmazonBedrock({ baseURL: url, apiKey, region: "us-east-1" }),
  ),
];
