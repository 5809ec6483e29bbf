import { type AwsLocal, startAwsLocal } from "@caprock/aws-local";
import { systemClock } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { BedrockFault } from "../bedrock-fault.ts";
import type { BedrockRuntime, InvokeCall } from "../bedrock-runtime.ts";
import { type CaptureProxy, startCaptureProxy } from "../testing/capture-proxy.ts";
import { SdkBedrockRuntime } from "../testing/sdk-bedrock-runtime.ts";
import { HttpBedrockRuntime } from "./http-bedrock-runtime.ts";

/** InvokeModel by both clients on one server: what the AWS SDK's makes of it is right, and Caprock's must make the same. */
const timeoutMs = 60_000;
let awsLocal: AwsLocal;
let proxy: CaptureProxy;
let ours: HttpBedrockRuntime;
let sdk: SdkBedrockRuntime;

beforeAll(async () => {
  awsLocal = await startAwsLocal();
  proxy = await startCaptureProxy(awsLocal.url);
  sdk = new SdkBedrockRuntime(proxy.url);
  ours = new HttpBedrockRuntime({
    endpoint: proxy.url,
    region: "us-east-1",
    credentials: () => Promise.resolve({ accessKeyId: "local", secretAccessKey: "local" }),
    clock: systemClock,
    idleTimeoutMs: 30_000,
  });
}, timeoutMs);
beforeEach(() => {
  awsLocal.clearFaults();
  proxy.take();
});
afterAll(async () => {
  sdk.close();
  await proxy.close();
  await ours.close();
  await awsLocal.close();
});

const claude = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
const chat = (text: string) => ({
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 60,
  messages: [{ role: "user", content: text }],
});

function callOf(invokeId: string, body: object, headers: Record<string, string> = {}): InvokeCall {
  return {
    invokeId,
    // Written as no serializer would, so that a body that was parsed and written again shows.
    body: Buffer.from(`${JSON.stringify(body, null, 3)}\n`),
    headers: { "content-type": "application/json", ...headers },
    signal: new AbortController().signal,
  };
}

const calls: [string, InvokeCall][] = [
  ["a chat", callOf(claude, chat("Grüße 東京 🎈 \u2028 [[tokens=20]]"))],
  [
    "everything that stands in headers",
    callOf(claude, chat("Hi"), {
      "x-amzn-bedrock-service-tier": "flex",
      "x-amzn-bedrock-trace": "DISABLED",
      "x-amzn-bedrock-request-metadata": '{"caprock_tenant":"t1","note":"a b"}',
    }),
  ],
  ["an embedding", callOf("amazon.titan-embed-text-v2:0", { inputText: "Hello", dimensions: 256 })],
  ["an image", callOf("stability.stable-image-core-v1:1", { prompt: "A river" })],
];

/** What is sent that Bedrock looks at. */
function lastRequest() {
  const [request, ...others] = proxy.take();
  expect(others).toEqual([]);
  const { method, path, body, headers } = request!;
  const named = Object.entries(headers).filter(
    ([name]) => name === "content-type" || name.startsWith("x-amzn-bedrock-"),
  );
  return { method, path, body, headers: Object.fromEntries(named) };
}

test.each(calls)(
  "a whole answer, and its request, are the SDK's: %s",
  { timeout: timeoutMs },
  async (_, call) => {
    const theirs = await sdk.invokeModel(call);
    const asked = lastRequest();
    expect(asked.body).toBe(Buffer.from(call.body).toString());
    const own = await ours.invokeModel(call);
    expect(lastRequest()).toEqual(asked);
    expect(Buffer.from(own.body).toString()).toBe(Buffer.from(theirs.body).toString());
    expect(own.headers).toMatchObject(theirs.headers);
  },
);

test.each(calls.slice(0, 2))(
  "a streamed answer, and its request, are the SDK's: %s",
  { timeout: timeoutMs },
  async (_, call) => {
    const read = async (runtime: BedrockRuntime) => {
      const chunks: unknown[] = [];
      const { frames } = await runtime.invokeModelStream(call);
      for await (const batch of frames) {
        chunks.push(...batch.map(({ type, event }) => [type, event.bytes]));
      }
      return chunks;
    };
    const theirs = await read(sdk);
    const asked = lastRequest();
    expect(await read(ours)).toEqual(theirs);
    expect(lastRequest()).toEqual(asked);
    expect(theirs.length).toBeGreaterThan(3);
  },
);

test.each([
  ["ThrottlingException", "never"],
  ["InternalServerException", "perhaps"],
  ["ValidationException", "never"],
] as const)(
  "a %s is told by both clients, before an answer and within it",
  { timeout: timeoutMs },
  async (name, mayHaveRun) => {
    const [, call] = calls[0]!;
    for (const start of ["invokeModel", "invokeModelStream"] as const) {
      awsLocal.addFault({ service: "bedrock", kind: "error", name, count: 2 });
      await expect(sdk[start](call)).rejects.toMatchObject({ name });
      await expect(ours[start](call)).rejects.toMatchObject({ exception: name, mayHaveRun });
    }
    awsLocal.addFault({ service: "bedrock", kind: "exception", name, afterEvents: 2, count: 2 });
    for (const runtime of [sdk, ours]) {
      const { frames } = await runtime.invokeModelStream(call);
      const reading = (async () => {
        for await (const _ of frames) {
          // Reads on.
        }
      })();
      await expect(reading).rejects.toMatchObject(
        runtime === sdk ? { name } : { exception: name, mayHaveRun: "perhaps" },
      );
    }
  },
);

test("a connection that breaks before, or within, an answer may have run", {
  timeout: timeoutMs,
}, async () => {
  const [, call] = calls[0]!;
  awsLocal.addFault({ service: "bedrock", kind: "cut", operation: "InvokeModel" });
  const failure = await ours.invokeModel(call).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(BedrockFault);
  expect(failure).toMatchObject({ exception: "ConnectionError", mayHaveRun: "perhaps" });
});
