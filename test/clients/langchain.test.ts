/** LangChain's chat models of OpenAI and of AWS. */
import { ChatBedrockConverse } from "@langchain/aws";
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { bedrockClient } from "../platform/clients.ts";
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

type Chat = ChatOpenAI | ChatBedrockConverse;
type ChatOf = (url: string, apiKey: string, id?: string) => Chat;

const chats: readonly [name: string, wire: RegExp, chatOf: ChatOf][] = [
  [
    "@langchain/openai",
    /^openai\.chat$/,
    (url, apiKey, id = model) =>
      new ChatOpenAI({ model: id, apiKey, maxRetries: 0, configuration: { baseURL: `${url}/v1` } }),
  ],
  [
    "@langchain/aws",
    /^bedrock\.converse/,
    (url, apiKey, id = model) =>
      new ChatBedrockConverse({
        model: id,
        region: "us-east-1",
        maxRetries: 0,
        client: bedrockClient(url, { apiKey }, { maxAttempts: 1 }) as never,
      }),
  ],
];

const weather = {
  name: "weather",
  description: "Weather of a city.",
  schema: z.object({ city: z.string() }),
};

describe.each(chats)("%s", (_, wire, chatOf) => {
  test("answers, streams, sees images, follows a schema and works a tool loop", timeout, async () => {
    const tenant = await platform.current.createTenant();
    const chat = chatOf(platform.current.url, tenant.apiKey);
    const whole = await chat.invoke("Hello");
    expect(whole.text).toContain('You said: "Hello"');
    let streamed = "";
    for await (const chunk of await chat.stream("Hello")) {
      streamed += chunk.text;
    }
    expect(streamed).toBe(whole.text);
    const image = { type: "image_url", image_url: { url: `data:image/png;base64,${onePixel}` } };
    const seen = await chat.invoke([
      new HumanMessage({ content: [{ type: "text", text: "What is it?" }, image] }),
    ]);
    expect(seen.text).toContain("I was shown 1 image");
    const schema = z.object({ city: z.string(), degrees: z.number() });
    const structured = await chat.withStructuredOutput(schema, { name: "place" }).invoke("Any city.");
    expect(schema.safeParse(structured).success).toBe(true);
    const question = new HumanMessage(`Please ${callWeather}`);
    const withTools = chat.bindTools([weather]);
    const called = await withTools.invoke([question]);
    expect(called.tool_calls).toMatchObject([{ name: "weather", args: { city: "Oslo" } }]);
    const answered = await withTools.invoke([
      question,
      called,
      new ToolMessage({ content: "Rain", tool_call_id: called.tool_calls?.[0]?.id ?? "" }),
    ]);
    expect(answered.text).toContain("Rain");
    await expectEntries(platform.current, tenant, 6, wire);
  });

  test("fails with what Caprock says", timeout, async () => {
    const tenant = await platform.current.createTenant({ capUsd: "0.000001" });
    const { url } = platform.current;
    const wrongKey = await failure(chatOf(url, wrongKeyOf(tenant)).invoke("Hello"));
    expect(wrongKey.message).toContain("The API key is not known here");
    const unknown = await failure(chatOf(url, tenant.apiKey, "nope").invoke("Hello"));
    expect(unknown.message).toContain('"nope" does not exist here');
    const spent = await failure(chatOf(url, tenant.apiKey).invoke("Hello"));
    expect(spent.message).toMatch(/budget|cap|left/i);
    expect(platform.current.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  });

  test("leaves in the middle of a stream, and the model stops", timeout, async () => {
    const tenant = await platform.current.createTenant();
    await whileSlow(platform.current, tenant, async () => {
      const leaving = new AbortController();
      const chat = chatOf(platform.current.url, tenant.apiKey);
      await failure(
        (async () => {
          for await (const _chunk of await chat.stream(longAnswer, { signal: leaving.signal })) {
            leaving.abort();
          }
          throw new Error("left");
        })(),
      );
    });
  });
});
