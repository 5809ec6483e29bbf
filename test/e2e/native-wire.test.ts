/** Bedrock's own wire: what a cache wrote and read is billed by class, and what Caprock does not know is handed on. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { bedrockClient } from "../platform/clients.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform?.close());

test("what a prompt cache wrote and read is billed by class, as Bedrock told it", async () => {
  const tenant = await platform.createTenant();
  const bedrock = bedrockClient(platform.url, tenant, { http1: true });
  const call = (ttl: "5m" | "1h") =>
    bedrock.send(
      new ConverseCommand({
        modelId: "us.anthropic.claude-sonnet-4-6",
        system: [
          { text: `A long rule, kept for ${ttl}. `.repeat(40) },
          { cachePoint: { type: "default", ttl } },
        ],
        messages: [{ role: "user", content: [{ text: "Go." }] }],
      }),
    );
  for (const ttl of ["5m", "5m", "1h", "1h"] as const) {
    await call(ttl);
  }
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(
    entries.map(({ tokens }) => [tokens.cacheWrite5m > 0, tokens.cacheWrite1h > 0, tokens.cacheRead > 0]),
  ).toEqual([
    [true, false, false],
    [false, false, true],
    [false, true, false],
    [false, false, true],
  ]);
  bedrock.destroy();
});

test("the native routes hand on what Caprock does not know, to Bedrock and back, byte by byte in streams", async () => {
  const tenant = await platform.createTenant();
  const seen: { body: unknown; answer: Buffer }[] = [];
  const relay = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    const answer = await fetch(`${platform.awsLocal.url}${request.url}`, {
      method: "POST",
      headers: { authorization: String(request.headers.authorization), "content-type": "application/json" },
      body,
    });
    const type = answer.headers.get("content-type") ?? "";
    const original = Buffer.from(await answer.arrayBuffer());
    const sent =
      type === "application/json"
        ? Buffer.from(JSON.stringify({ ...JSON.parse(original.toString()), laterMember: { seen: true } }))
        : original;
    seen.push({ body: JSON.parse(body.toString()), answer: sent });
    response.writeHead(answer.status, { "content-type": type }).end(sent);
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const relayUrl = `http://127.0.0.1:${(relay.address() as AddressInfo).port}`;
  const api = await platform.startApi({ AWS_ENDPOINT_URL_BEDROCK_RUNTIME: relayUrl });
  const body = {
    messages: [{ role: "user", content: [{ text: "Hi" }], laterMember: 1 }],
    inferenceConfig: { maxTokens: 50, laterMember: [1, { two: null }] },
    additionalModelRequestFields: { top_k: 3 },
    additionalModelResponseFieldPaths: ["/stop_sequence"],
    laterMember: { deep: ["kept"] },
  };
  const post = (operation: string) =>
    fetch(`${api.url}/model/${encodeURIComponent(model)}/${operation}`, {
      method: "POST",
      headers: { "x-api-key": tenant.apiKey, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  try {
    const whole = await post("converse");
    expect(await whole.json()).toMatchObject({ laterMember: { seen: true }, stopReason: "end_turn" });
    const streamed = await post("converse-stream");
    expect(Buffer.from(await streamed.arrayBuffer()).equals(seen[1]?.answer ?? Buffer.alloc(0))).toBe(true);
    expect(seen.map((call) => call.body)).toEqual([
      expect.objectContaining(body),
      expect.objectContaining(body),
    ]);
    expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(2);
  } finally {
    relay.closeAllConnections();
    relay.close();
  }
});
