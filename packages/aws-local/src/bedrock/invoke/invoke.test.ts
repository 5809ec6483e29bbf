import { crc32, inflateSync } from "node:zlib";
import { InvokeModelCommand, InvokeModelWithResponseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../../server.ts";
import { bedrockClient } from "../../test-clients.ts";

let local: AwsLocal;
beforeEach(async () => {
  local = await startAwsLocal();
});
afterEach(() => local.close());

const metadata = JSON.stringify({ caprock_tenant: "t1", caprock_request: "req_1" });
const inputOf = (modelId: string, body: object) => ({
  modelId,
  body: JSON.stringify(body),
  contentType: "application/json",
  requestMetadata: metadata,
});
const invoke = async (modelId: string, body: object) => {
  const { body: answer } = await bedrockClient(local.url).send(
    new InvokeModelCommand(inputOf(modelId, body)),
  );
  return JSON.parse(answer.transformToString());
};

test("a tool call of Claude's is answered whole and in Anthropic's order of events", async () => {
  const body = {
    anthropic_version: "bedrock-2023-05-31",
    max_tokens: 200,
    tools: [{ name: "weather", input_schema: { type: "object" } }],
    messages: [{ role: "user", content: '[[tool=weather {"city":"Rome"}]]' }],
  };
  const model = "us.anthropic.claude-x";
  const whole = await invoke(model, body);
  expect(whole).toMatchObject({
    stop_reason: "tool_use",
    content: [{ type: "tool_use", name: "weather", input: { city: "Rome" } }],
  });
  const { body: stream } = await bedrockClient(local.url).send(
    new InvokeModelWithResponseStreamCommand(inputOf(model, body)),
  );
  const chunks: Record<string, unknown>[] = [];
  for await (const { chunk } of stream ?? []) {
    chunks.push(JSON.parse(Buffer.from(chunk?.bytes ?? []).toString()));
  }
  const types = chunks.map(({ type }) => type);
  expect([...new Set(types)]).toEqual([
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "message_delta",
    "message_stop",
  ]);
  expect(chunks.at(-1)?.["amazon-bedrock-invocationMetrics"]).toMatchObject({
    outputTokenCount: whole.usage.output_tokens,
  });
  const { invocations } = local.witness({ tenant: "t1" });
  expect(invocations.map(({ operation }) => operation)).toEqual([
    "InvokeModel",
    "InvokeModelWithResponseStream",
  ]);
});

test("an image is a whole PNG that says that it is simulated, and the witness counts it", async () => {
  const { images } = await invoke("stability.stable-image-core-v1:1", { prompt: "A river" });
  const png = Buffer.from(images[0], "base64");
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const named = png.subarray(at + 4, at + 8 + length);
    expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(named));
    chunks.set(named.subarray(0, 4).toString("latin1"), named.subarray(4));
    at += 12 + length;
  }
  expect([...chunks.keys()]).toEqual(["IHDR", "tEXt", "IDAT", "IEND"]);
  expect(chunks.get("tEXt")?.toString("latin1")).toContain("simulated by aws-local");
  expect(inflateSync(chunks.get("IDAT")!)).toHaveLength(16 * (1 + 16 * 3));
  expect(local.witness({ tenant: "t1" }).totals).toMatchObject({ images: 1, input: 0, output: 0 });
});

test("a body that the model does not take is refused, and used nothing", async () => {
  const refused: [string, object][] = [
    ["us.anthropic.claude-x", { max_tokens: 5, messages: [{ role: "user", content: "No version" }] }],
    ["amazon.nova-lite-v1:0", { prompt: "Llama's" }],
    ["cohere.embed-v4:0", { texts: ["a"] }],
    ["vendor.unknown", { prompt: "Hi" }],
  ];
  for (const [modelId, body] of refused) {
    await expect(invoke(modelId, body)).rejects.toMatchObject({ name: "ValidationException" });
  }
  expect(local.witness({})).toMatchObject({ refused: refused.length, totals: { count: 0 } });
});
