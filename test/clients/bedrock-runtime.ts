/** The AWS SDK, with each way to say who calls over each version of HTTP. */
import {
  AccessDeniedException,
  type BedrockRuntimeClient,
  BedrockRuntimeServiceException,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  type ConverseResponse,
  ConverseStreamCommand,
  type Message,
  ResourceNotFoundException,
  ServiceQuotaExceededException,
  ValidationException,
} from "@aws-sdk/client-bedrock-runtime";
import { expect } from "vitest";
import { bedrockClient, readStream, signingBedrockClient } from "../platform/clients.ts";
import { type Client, type Expected, model, onePixel, type Place, weather } from "./client.ts";

type ClientOf = (place: Place) => BedrockRuntimeClient;

const toolConfig = {
  tools: [
    {
      toolSpec: {
        name: weather.name,
        description: weather.description,
        inputSchema: { json: weather.schema },
      },
    },
  ],
};
const placeSchema = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
  additionalProperties: false,
};
const asked = (content: string | ContentBlock[], id = model) => ({
  modelId: id,
  messages: [{ role: "user" as const, content: typeof content === "string" ? [{ text: content }] : content }],
});
const contentOf = ({ output }: ConverseResponse) => output?.message?.content ?? [];
const textOf = (answer: ConverseResponse) =>
  contentOf(answer)
    .flatMap(({ text }) => text ?? [])
    .join("");

function aws(name: string, wrongKey: Expected, clientOf: ClientOf): Client {
  return {
    name: `@aws-sdk/client-bedrock-runtime with ${name}`,
    wire: /^bedrock\.converse/,
    errors: {
      wrongKey,
      unknownModel: [ResourceNotFoundException, { $metadata: { httpStatusCode: 404 } }],
      spentBudget: [ServiceQuotaExceededException, { $metadata: { attempts: 1 }, code: "budget_exceeded" }],
    },
    open(where) {
      const client = clientOf(where);
      const converse = (input: ConverseCommandInput) => client.send(new ConverseCommand(input));
      const events = async (input: ConverseCommandInput, abortSignal?: AbortSignal) =>
        (await client.send(new ConverseStreamCommand(input), abortSignal ? { abortSignal } : {})).stream ??
        [];
      return {
        say: async (text, id) => textOf(await converse(asked(text, id))),
        async *stream(text, signal) {
          for await (const event of await events(asked(text), signal)) {
            yield event.contentBlockDelta?.delta?.text ?? "";
          }
        },
        async see(text) {
          const image = { format: "png" as const, source: { bytes: Buffer.from(onePixel, "base64") } };
          return textOf(await converse(asked([{ text }, { image }])));
        },
        async follow(text) {
          const jsonSchema = { name: "place", schema: JSON.stringify(placeSchema) };
          const answer = await converse({
            ...asked(text),
            outputConfig: { textFormat: { type: "json_schema", structure: { jsonSchema } } },
          });
          return JSON.parse(textOf(answer));
        },
        async work(text) {
          const called = await converse({ ...asked(text), toolConfig });
          const uses = contentOf(called).flatMap(({ toolUse }) => toolUse ?? []);
          const results = uses.map(({ toolUseId, input }) => ({
            toolResult: { toolUseId, content: [{ text: weather.run(input as { city: string }) }] },
          }));
          const messages: Message[] = [
            ...asked(text).messages,
            { role: "assistant", content: contentOf(called) },
            { role: "user", content: results },
          ];
          const answer = await converse({ modelId: model, messages, toolConfig });
          return { calls: uses.map(({ input }) => input), answer: textOf(answer) };
        },
        async fragments(text) {
          const pieces: string[] = [];
          for await (const event of await events({ ...asked(text), toolConfig })) {
            pieces.push(event.contentBlockDelta?.delta?.toolUse?.input ?? "");
          }
          return pieces;
        },
        close: () => client.destroy(),
      };
    },
    own: { "stops at a text and at a maximum, and refuses a bad one": (where) => stops(clientOf(where)) },
  };
}

async function stops(client: BedrockRuntimeClient): Promise<void> {
  const inferenceConfig = { stopSequences: ["HALT"], maxTokens: 60 };
  const { stream } = await client.send(
    new ConverseStreamCommand({ ...asked("first HALT second"), inferenceConfig }),
  );
  expect(await readStream(stream)).toMatchObject({ stopReason: "stop_sequence" });
  const short = await client.send(new ConverseCommand({ ...asked("[[tokens=90]]"), inferenceConfig }));
  expect(short).toMatchObject({ stopReason: "max_tokens", usage: { outputTokens: 60 } });
  expect(short.$metadata.requestId).toMatch(/^req_/);
  const bad = client.send(new ConverseCommand({ ...asked("Hello"), inferenceConfig: { maxTokens: 0 } }));
  await expect(bad).rejects.toBeInstanceOf(ValidationException);
  client.destroy();
}

const bearer: Expected = [AccessDeniedException, {}];
const signed: Expected = [BedrockRuntimeServiceException, { name: "InvalidSignatureException" }];

export const awsClients: readonly Client[] = [
  aws("a bearer token over HTTP/2", bearer, ({ url, tenant }) => bedrockClient(url, tenant)),
  aws("a bearer token over HTTP/1.1", bearer, ({ url, tenant }) =>
    bedrockClient(url, tenant, { http1: true }),
  ),
  aws("signatures over HTTP/2", signed, ({ url, tenant }) => signingBedrockClient(url, tenant)),
  aws("signatures over HTTP/1.1", signed, ({ url, tenant }) =>
    signingBedrockClient(url, tenant, { http1: true }),
  ),
];
