import { type AwsLocal, type FaultRequest, startAwsLocal } from "@caprock/aws-local";
import { systemClock } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { BedrockFault } from "../bedrock-fault.ts";
import {
  type BedrockRuntime,
  type ConverseFrame,
  countInputOf,
  type JsonObject,
} from "../bedrock-runtime.ts";
import { type CaptureProxy, startCaptureProxy } from "../testing/capture-proxy.ts";
import { SdkBedrockRuntime } from "../testing/sdk-bedrock-runtime.ts";
import { HttpBedrockRuntime } from "./http-bedrock-runtime.ts";

/** One server, two clients: what the AWS SDK's client makes of it is right, and Caprock's must make the same. */
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
    endpoint: `${proxy.url}/`,
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

const signal = new AbortController().signal;
const arn = "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.vendor.model-v1:0";
const tool = {
  toolSpec: {
    name: "weather",
    inputSchema: { json: { type: "object", properties: { city: { type: "string" } } } },
  },
};
const bodyOf = (text: string, more: JsonObject = {}): JsonObject => ({
  messages: [{ role: "user", content: [{ text }] }],
  requestMetadata: { caprock_tenant: "t1", caprock_request: "req_1" },
  ...more,
});
const bodies: [string, JsonObject][] = [
  ["plain text, with letters beyond ASCII", bodyOf('Grüße 東京 🎈 \u2028 "quoted" \\ back')],
  [
    "everything that shapes an answer",
    bodyOf("[[tokens=40]] go on", {
      system: [{ text: "Be brief." }, { cachePoint: { type: "default", ttl: "1h" } }],
      inferenceConfig: { maxTokens: 25, temperature: 0.5, topP: 0.9, stopSequences: ["STOP"] },
      additionalModelRequestFields: { top_k: 5, nested: { deep: [1, 2.5, null] } },
      serviceTier: { type: "flex" },
    }),
  ],
  [
    "parallel tool calls",
    bodyOf('[[tool=weather {"city":"Rome"}]] [[tool=weather]]', { toolConfig: { tools: [tool] } }),
  ],
];

/** What a test compares: frames without what differs from call to call. */
function comparable({ metrics: _, p: __, ...event }: JsonObject): JsonObject {
  return event;
}

async function readStream(runtime: BedrockRuntime, body: JsonObject) {
  const frames: ConverseFrame[] = [];
  let failure: unknown;
  try {
    for await (const batch of await runtime.converseStream({ invokeId: arn, body, signal })) {
      frames.push(...batch);
    }
  } catch (error) {
    failure = error;
  }
  return { frames: frames.map(({ type, event }) => ({ type, event: comparable(event) })), failure };
}

/** What is sent that Bedrock looks at: signatures, hosts and clients' names aside. */
function lastRequest() {
  const [request, ...others] = proxy.take();
  expect(others).toEqual([]);
  const { method, path, body, headers } = request!;
  return { method, path, contentType: headers["content-type"], body: JSON.parse(body) };
}

test.each(bodies)(
  "a whole answer and its request are the SDK's: %s",
  { timeout: timeoutMs },
  async (_, body) => {
    const theirs = await sdk.converse({ invokeId: arn, body, signal });
    const asked = lastRequest();
    const answer = await ours.converse({ invokeId: arn, body, signal });
    expect(lastRequest()).toEqual(asked);
    expect(asked.path).toContain("%3Ainference-profile%2Fus.vendor.model-v1%3A0/converse");
    // Cache reads follow cache writes, and tool calls have ids of their own.
    expect(withoutChance(answer.body)).toEqual(withoutChance(theirs.body));
  },
);

test.each(bodies)(
  "a streamed answer and its request are the SDK's: %s",
  { timeout: timeoutMs },
  async (_, body) => {
    const theirs = await readStream(sdk, body);
    const asked = lastRequest();
    const own = await readStream(ours, body);
    expect(lastRequest()).toEqual(asked);
    expect(own.failure).toBeUndefined();
    expect(own.frames.at(-1)?.type).toBe("metadata");
    expect(withoutChance(own.frames)).toEqual(withoutChance(theirs.frames));
  },
);

/** The value without tool ids, and with all that was read of the prompt as one number. */
function withoutChance(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, member) => {
      if (name === "toolUseId" || name === "metrics") {
        return undefined;
      }
      if (name === "usage") {
        const { inputTokens, outputTokens, totalTokens, cacheReadInputTokens, cacheWriteInputTokens } =
          member;
        const prompt = inputTokens + cacheReadInputTokens + cacheWriteInputTokens;
        return { prompt, outputTokens, totalTokens };
      }
      return member;
    }),
  );
}

const documented = [
  ["AccessDeniedException", "never"],
  ["InternalServerException", "perhaps"],
  ["ModelErrorException", "perhaps"],
  ["ModelNotReadyException", "never"],
  ["ModelTimeoutException", "perhaps"],
  ["ResourceNotFoundException", "never"],
  ["ServiceQuotaExceededException", "never"],
  ["ServiceUnavailableException", "never"],
  ["ThrottlingException", "never"],
  ["ValidationException", "never"],
] as const;

test.each(documented)(
  "%s is read as the SDK reads it, and may have run: %s",
  { timeout: timeoutMs },
  async (name, mayHaveRun) => {
    awsLocal.addFault({ service: "bedrock", kind: "error", name, count: 4 });
    for (const verb of ["converse", "converseStream"] as const) {
      const failures = await Promise.all(
        [sdk, ours].map((runtime) =>
          runtime[verb]({ invokeId: arn, body: bodyOf("Hi"), signal }).catch((error) => error),
        ),
      );
      const [theirs, own] = failures;
      expect(theirs).toMatchObject({ name });
      expect(own).toBeInstanceOf(BedrockFault);
      expect(own).toMatchObject({ exception: name, message: theirs.message, mayHaveRun });
    }
  },
);

test.each([
  "InternalServerException",
  "ModelStreamErrorException",
  "ValidationException",
  "ThrottlingException",
  "ServiceUnavailableException",
] as const)(
  "%s within a stream comes after the same events, and may have cost something",
  { timeout: timeoutMs },
  async (name) => {
    awsLocal.addFault({ service: "bedrock", kind: "exception", name, afterEvents: 3, count: 2 });
    const theirs = await readStream(sdk, bodyOf("Hello"));
    const own = await readStream(ours, bodyOf("Hello"));
    expect(own.frames).toEqual(theirs.frames);
    expect(own.frames).toHaveLength(3);
    expect(theirs.failure).toMatchObject({ name });
    expect(own.failure).toMatchObject({
      exception: name,
      mayHaveRun: "perhaps",
      message: (theirs.failure as Error).message,
    });
  },
);

test("a stream that is cut fails, after no other events than were sent", { timeout: timeoutMs }, async () => {
  awsLocal.addFault({ service: "bedrock", kind: "cut", afterEvents: 3, count: 2 });
  const theirs = await readStream(sdk, bodyOf("Hello"));
  const own = await readStream(ours, bodyOf("Hello"));
  const whole = await readStream(ours, bodyOf("Hello"));
  expect(theirs.failure).toBeInstanceOf(Error);
  expect(own.failure).toMatchObject({ exception: "ConnectionError", mayHaveRun: "perhaps" });
  expect(own.frames).toEqual(whole.frames.slice(0, own.frames.length));
  expect(own.frames.length).toBeLessThanOrEqual(3);
});

test.each<[string, FaultRequest]>([
  ["the connection breaks before the answer", { service: "bedrock", kind: "cut" }],
  ["the model fails while it works", { service: "bedrock", kind: "error", name: "ModelErrorException" }],
])("a whole answer may have run when %s", { timeout: timeoutMs }, async (_, fault) => {
  awsLocal.addFault({ ...fault, count: 2 } as FaultRequest);
  await expect(sdk.converse({ invokeId: arn, body: bodyOf("Hi"), signal })).rejects.toThrow();
  await expect(ours.converse({ invokeId: arn, body: bodyOf("Hi"), signal })).rejects.toMatchObject({
    mayHaveRun: "perhaps",
  });
});

test("aborting ends the call at Bedrock, before the answer and within it", {
  timeout: timeoutMs,
}, async () => {
  const served = awsLocal.witness().totals.count;
  awsLocal.gate.set(true);
  const early = new AbortController();
  const whole = ours.converse({ invokeId: arn, body: bodyOf("Hi"), signal: early.signal });
  await expect.poll(() => awsLocal.gate.waiting, { timeout: 15_000 }).toBe(1);
  early.abort();
  await expect(whole).rejects.toMatchObject({ mayHaveRun: "perhaps" });
  awsLocal.gate.set(false);

  const late = new AbortController();
  awsLocal.setSpeed({ tokensPerSecond: 200 });
  const read = async () => {
    const body = bodyOf("[[tokens=100000]]");
    for await (const _ of await ours.converseStream({ invokeId: arn, body, signal: late.signal })) {
      late.abort();
    }
  };
  await expect(read()).rejects.toMatchObject({ mayHaveRun: "perhaps" });
  const ended = () =>
    awsLocal
      .witness()
      .invocations.slice(served)
      .map(({ status }) => status);
  await expect.poll(ended, { timeout: 15_000 }).toEqual(["aborted", "aborted"]);
  awsLocal.setSpeed({ tokensPerSecond: 0 });
});

test("leaving the iteration of a stream ends the call at Bedrock", { timeout: timeoutMs }, async () => {
  const served = awsLocal.witness().totals.count;
  awsLocal.setSpeed({ tokensPerSecond: 200 });
  for await (const _ of await ours.converseStream({
    invokeId: arn,
    body: bodyOf("[[tokens=100000]]"),
    signal,
  })) {
    break;
  }
  await expect
    .poll(() => awsLocal.witness().invocations.slice(served), { timeout: 15_000 })
    .toMatchObject([{ status: "aborted" }]);
  awsLocal.setSpeed({ tokensPerSecond: 0 });
});

test("both count a prompt as the same number of tokens", { timeout: timeoutMs }, async () => {
  const modelId = "anthropic.claude-haiku-4-5-20251001-v1:0";
  for (const [, body] of bodies) {
    const vendorBody = Buffer.from(
      JSON.stringify({
        anthropic_version: "bedrock-2023-05-31",
        max_tokens: 9,
        messages: [{ role: "user", content: JSON.stringify(body) }],
      }),
    );
    for (const input of [countInputOf(body), { invokeModel: { body: vendorBody.toString("base64") } }]) {
      const count = await ours.countTokens({ modelId, input, signal });
      expect(count).toBeGreaterThan(0);
      expect(count).toBe(await sdk.countTokens({ modelId, input, signal }));
    }
  }
});

test("both apply a guardrail alike", { timeout: timeoutMs }, async () => {
  const body = { source: "INPUT", content: [{ text: { text: "Say [[blocked]]" } }] };
  const apply = (runtime: BedrockRuntime) =>
    runtime.applyGuardrail({ guardrailId: "a:b/c", version: "1", body, signal });
  const { usage, action, outputs } = await apply(sdk);
  expect(action).toBe("GUARDRAIL_INTERVENED");
  expect(await apply(ours)).toMatchObject({ usage, action, outputs });
});
