/** The AWS SDK, with each way to say who calls over each version of HTTP. */
import {
  type BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type Message,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  type Tool,
  ValidationException,
} from "@aws-sdk/client-bedrock-runtime";
import { describe, expect, test } from "vitest";
import { bedrockClient, readStream, signingBedrockClient } from "../platform/clients.ts";
import type { TestTenant } from "../platform/start-platform.ts";
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

type ClientOf = (tenant: TestTenant) => BedrockRuntimeClient;

const clients: readonly [name: string, ofStrangers: string, clientOf: ClientOf][] = [
  [
    "a bearer token over HTTP/2",
    "AccessDeniedException",
    (tenant) => bedrockClient(platform.current.url, tenant),
  ],
  [
    "a bearer token over HTTP/1.1",
    "AccessDeniedException",
    (tenant) => bedrockClient(platform.current.url, tenant, { http1: true }),
  ],
  [
    "signatures over HTTP/2",
    "InvalidSignatureException",
    (tenant) => signingBedrockClient(platform.current.url, tenant),
  ],
  [
    "signatures over HTTP/1.1",
    "InvalidSignatureException",
    (tenant) => signingBedrockClient(platform.current.url, tenant, { http1: true }),
  ],
];

/** With a secret, and a key, that nobody was given. */
function strangerOf(tenant: TestTenant): TestTenant {
  return {
    ...tenant,
    apiKey: wrongKeyOf(tenant),
    accessKey: { ...tenant.accessKey, secretAccessKey: "0".repeat(40) },
  };
}

const ask = (text: string): ConverseCommandInput => ({
  modelId: model,
  messages: [{ role: "user", content: [{ text }] }],
});
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };

describe.each(clients)("@aws-sdk/client-bedrock-runtime with %s", (_, ofStrangers, clientOf) => {
  test("answers, streams, sees images, follows a schema and works a tool loop", timeout, async () => {
    const tenant = await platform.current.createTenant();
    const client = clientOf(tenant);
    const converse = (input: ConverseCommandInput) => client.send(new ConverseCommand(input));
    const stream = async (input: ConverseCommandInput) =>
      readStream((await client.send(new ConverseStreamCommand(input))).stream);

    const whole = await converse(ask("Hello"));
    expect(whole.$metadata.requestId).toMatch(/^req_/);
    const text = whole.output?.message?.content?.[0]?.text;
    expect(text).toContain('You said: "Hello"');
    expect(await stream(ask("Hello"))).toMatchObject({
      text,
      stopReason: "end_turn",
      usage: { outputTokens: whole.usage?.outputTokens },
    });
    const image = { format: "png" as const, source: { bytes: Buffer.from(onePixel, "base64") } };
    const seen = await converse({
      ...ask(""),
      messages: [{ role: "user", content: [{ text: "What is it?" }, { image }] }],
    });
    expect(seen.output?.message?.content?.[0]?.text).toContain("I was shown 1 image");
    const structured = await stream({
      ...ask("Any city."),
      outputConfig: {
        textFormat: {
          type: "json_schema",
          structure: { jsonSchema: { name: "place", schema: JSON.stringify(schema) } },
        },
      },
    });
    expect(JSON.parse(structured.text)).toEqual({ city: expect.any(String) });

    const limits = { stopSequences: ["HALT"], maxTokens: 60 };
    const stopped = await stream({ ...ask("first HALT second"), inferenceConfig: limits });
    expect(stopped.stopReason).toBe("stop_sequence");
    const short = await converse({ ...ask("[[tokens=90]]"), inferenceConfig: limits });
    expect(short).toMatchObject({ stopReason: "max_tokens", usage: { outputTokens: 60 } });

    const tools: Tool[] = [{ toolSpec: { name: "weather", inputSchema: { json: schema } } }];
    const asked = { ...ask(`Please ${callWeather} ${callWeather}`), toolConfig: { tools } };
    const called = await converse(asked);
    expect(called.stopReason).toBe("tool_use");
    const uses = called.output?.message?.content?.flatMap(({ toolUse }) => toolUse ?? []) ?? [];
    expect(uses).toMatchObject(Array(2).fill({ name: "weather", input: { city: "Oslo" } }));
    const results = uses.map(({ toolUseId }, index) => ({
      toolResult: { toolUseId, content: [{ text: `Rain ${index}` }] },
    }));
    const messages: Message[] = [
      ...(asked.messages ?? []),
      ...(called.output?.message ? [called.output.message] : []),
      { role: "user", content: results },
    ];
    expect((await stream({ ...asked, messages })).text).toMatch(/answered: Rain 0 .*answered: Rain 1/);
    await expectEntries(platform.current, tenant, 8, /^bedrock\.converse/);
    client.destroy();
  });

  test("throws its own typed errors", timeout, async () => {
    const tenant = await platform.current.createTenant({ capUsd: "0.000001" });
    const client = clientOf(tenant);
    const stranger = clientOf(strangerOf(tenant));
    const converse = (input: ConverseCommandInput, from = client) =>
      failure(from.send(new ConverseCommand(input)));
    expect(await converse(ask("Hello"), stranger)).toMatchObject({ name: ofStrangers });
    expect(await converse({ ...ask("Hello"), modelId: "nope" })).toBeInstanceOf(ResourceNotFoundException);
    expect(await converse({ ...ask("Hello"), inferenceConfig: { maxTokens: 0 } })).toBeInstanceOf(
      ValidationException,
    );
    const spent = await converse(ask("Hello"));
    expect(spent).toBeInstanceOf(ServiceQuotaExceededException);
    expect(spent).toMatchObject({ $metadata: { attempts: 1 }, code: "budget_exceeded" });
    expect(platform.current.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
    stranger.destroy();
    client.destroy();
  });

  test("leaves in the middle of a stream, and the model stops", timeout, async () => {
    const tenant = await platform.current.createTenant();
    const client = clientOf(tenant);
    await whileSlow(platform.current, tenant, async () => {
      const leaving = new AbortController();
      const { stream } = await client.send(new ConverseStreamCommand(ask(longAnswer)), {
        abortSignal: leaving.signal,
      });
      await failure(
        (async () => {
          for await (const event of stream ?? []) {
            if (event.contentBlockDelta) {
              leaving.abort();
            }
          }
          throw new Error("left");
        })(),
      );
    });
    client.destroy();
  });
});
