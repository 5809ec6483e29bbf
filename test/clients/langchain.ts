/** LangChain's chat models of OpenAI, over both of its wires, and of AWS. */
import { ChatBedrockConverse } from "@langchain/aws";
import { type AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { expect } from "vitest";
import { z } from "zod";
import { bedrockClient } from "../platform/clients.ts";
import { type Client, model, onePixel, type Place, place, weather } from "./client.ts";

type ChatOf = (where: Place, id?: string) => ChatOpenAI | ChatBedrockConverse;

const tool = {
  name: weather.name,
  description: weather.description,
  schema: z.object({ city: z.string() }),
};

function langChain(name: string, wire: RegExp, chatOf: ChatOf): Client {
  return {
    name,
    wire,
    // It hands on what the vendor's own SDK throws, and wraps some of it: only the words are certain.
    errors: {
      wrongKey: [Error, { message: expect.stringMatching(/The API key is not known here/) }],
      unknownModel: [Error, { message: expect.stringMatching(/"nope" does not exist here/) }],
      spentBudget: [Error, { message: expect.stringMatching(/budget|cap|left/i) }],
    },
    open(where) {
      const chat = chatOf(where);
      return {
        say: async (text, id) => (await chatOf(where, id).invoke(text)).text,
        async *stream(text, signal) {
          for await (const chunk of await chat.stream(text, { signal })) {
            yield chunk.text;
          }
        },
        async see(text) {
          const image = { type: "image_url", image_url: { url: `data:image/png;base64,${onePixel}` } };
          return (await chat.invoke([new HumanMessage({ content: [{ type: "text", text }, image] })])).text;
        },
        follow: (text) => chat.withStructuredOutput(place, { name: "place" }).invoke(text),
        async work(text) {
          const withTools = chat.bindTools([tool]);
          const called = await withTools.invoke([new HumanMessage(text)]);
          const calls = called.tool_calls ?? [];
          const results = calls.map(
            ({ id = "", args }) =>
              new ToolMessage({ content: weather.run(args as { city: string }), tool_call_id: id }),
          );
          const answer = await withTools.invoke([new HumanMessage(text), called, ...results]);
          return { calls: calls.map(({ args }) => args), answer: answer.text };
        },
        async fragments(text) {
          const pieces: string[] = [];
          for await (const chunk of await chat.bindTools([tool]).stream(text)) {
            pieces.push(...argumentsOf(chunk as AIMessageChunk));
          }
          return pieces;
        },
      };
    },
  };
}

function argumentsOf({ tool_call_chunks: chunks }: AIMessageChunk): string[] {
  return (chunks ?? []).map(({ args }) => args ?? "");
}

const openAi =
  (useResponsesApi: boolean): ChatOf =>
  ({ url, tenant }, id = model) =>
    new ChatOpenAI({
      model: id,
      apiKey: tenant.apiKey,
      maxRetries: 0,
      useResponsesApi,
      configuration: { baseURL: `${url}/v1` },
    });

export const langChainClients: readonly Client[] = [
  langChain("@langchain/openai", /^openai\.chat$/, openAi(false)),
  langChain("@langchain/openai, responses", /^openai\.responses$/, openAi(true)),
  langChain(
    "@langchain/aws",
    /^bedrock\.converse/,
    ({ url, tenant }, id = model) =>
      new ChatBedrockConverse({
        model: id,
        region: "us-east-1",
        maxRetries: 0,
        client: bedrockClient(url, tenant, { maxAttempts: 1 }) as never,
      }),
  ),
];
