import { ConverseCommand, ConverseStreamCommand, ThrottlingException } from "@aws-sdk/client-bedrock-runtime";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { bedrockClient, readAll } from "../test-clients.ts";
import { countTokens } from "./tokenize.ts";

let local: AwsLocal;
beforeEach(async () => {
  local = await startAwsLocal({
    models: [
      { id: "any.model", maxOutputTokens: 64_000, contextWindowTokens: 200_000, countTokens: true },
      { id: "talkative", maxOutputTokens: 1_000_000, contextWindowTokens: 2_000_000, countTokens: true },
    ],
  });
});
afterEach(() => local.close());

const input = (tenant: string, text = "Hello", caprock_request = "req_1") => ({
  modelId: "any.model",
  messages: [{ role: "user" as const, content: [{ text }] }],
  requestMetadata: { caprock_tenant: tenant, caprock_request },
});

test("the witness holds what each answer reported, by tenant and request", async () => {
  const client = bedrockClient(local.url);
  const whole = await client.send(new ConverseCommand(input("t1", "Hello", "req_a")));
  const events = await readAll(await client.send(new ConverseStreamCommand(input("t2", "Bye bye", "req_b"))));
  const usage = events.at(-1)?.metadata?.usage;
  expect(local.witness({ tenant: "t1" }).invocations).toMatchObject([
    {
      requestId: whole.$metadata.requestId,
      operation: "Converse",
      modelId: "any.model",
      caprockRequest: "req_a",
      status: "completed",
      usage: { input: whole.usage?.inputTokens, output: whole.usage?.outputTokens, cacheRead: 0 },
    },
  ]);
  expect(local.witness({ requestId: "req_b" }).totals).toMatchObject({
    count: 1,
    input: usage?.inputTokens,
    output: usage?.outputTokens,
  });
});

test.each(["HTTP/1.1", "HTTP/2"])(
  "a caller that leaves mid-stream is counted for what it was sent (%s)",
  async (version) => {
    local.setSpeed({ tokensPerSecond: 400 });
    const abort = new AbortController();
    const output = await bedrockClient(local.url, { http1: version === "HTTP/1.1" }).send(
      new ConverseStreamCommand(input("t1", "[[tokens=4000]]")),
      { abortSignal: abort.signal },
    );
    let heard = "";
    const listen = async () => {
      for await (const event of output.stream ?? []) {
        heard += event.contentBlockDelta?.delta?.text ?? "";
        if (countTokens(heard) >= 40) {
          abort.abort();
        }
      }
    };
    // Over HTTP/2 the SDK ends an aborted stream quietly, over HTTP/1.1 it throws.
    await listen().catch(() => undefined);
    await expect.poll(() => local.witness().invocations).toHaveLength(1);
    const [seen] = local.witness().invocations;
    expect(seen?.status).toBe("aborted");
    expect(seen?.usage.input).toBeGreaterThan(0);
    expect(seen?.usage.output).toBeGreaterThanOrEqual(countTokens(heard));
    expect(seen?.usage.output).toBeLessThan(4_000);
  },
);

test("generation waits for a caller that does not read, and stops when it leaves", async () => {
  const abort = new AbortController();
  const output = await bedrockClient(local.url, { http1: true }).send(
    new ConverseStreamCommand({ ...input("t1", "[[tokens=500000]]"), modelId: "talkative" }),
    { abortSignal: abort.signal },
  );
  await output.stream?.[Symbol.asyncIterator]().next();
  abort.abort();
  // All of it would be some 20 MB of frames, more than the sockets between take.
  await expect.poll(() => local.witness().invocations).toMatchObject([{ status: "aborted" }]);
  expect(local.witness().totals.output).toBeLessThan(500_000);
});

test("a throttled call is the SDK's typed error, strikes once, and counts as refused", async () => {
  local.addFault({
    service: "bedrock",
    kind: "throttle",
    tenant: "t1",
  });
  const client = bedrockClient(local.url);
  await client.send(new ConverseCommand(input("t2")));
  await expect(client.send(new ConverseCommand(input("t1")))).rejects.toBeInstanceOf(ThrottlingException);
  await client.send(new ConverseCommand(input("t1")));
  expect(local.witness({ tenant: "t1" })).toMatchObject({ refused: 1, totals: { count: 1 } });
});

test.each([
  ["error", "InternalServerException", 500],
  ["unavailable", "ServiceUnavailableException", 503],
] as const)("the fault %s is a %s", async (kind, name, httpStatusCode) => {
  local.addFault({ service: "bedrock", kind });
  const refused = bedrockClient(local.url).send(new ConverseStreamCommand(input("t1")));
  await expect(refused).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
});

test.each(["HTTP/1.1", "HTTP/2"])(
  "a stream is cut after the asked event, and counted up to it (%s)",
  async (version) => {
    local.addFault({ service: "bedrock", kind: "cut", afterEvents: 3 });
    let heard = 0;
    await expect(async () => {
      const client = bedrockClient(local.url, { http1: version === "HTTP/1.1" });
      const output = await client.send(new ConverseStreamCommand(input("t1")));
      for await (const _ of output.stream ?? []) {
        heard += 1;
      }
    }).rejects.toThrow();
    expect(heard).toBeLessThanOrEqual(3);
    await expect
      .poll(() => local.witness().invocations)
      .toMatchObject([{ status: "aborted", usage: { output: 8 } }]);
  },
);

test("a stream fails with the asked exception after the asked event", async () => {
  local.addFault({
    service: "bedrock",
    kind: "exception",
    name: "ThrottlingException",
    afterEvents: 2,
  });
  const output = await bedrockClient(local.url).send(new ConverseStreamCommand(input("t1")));
  await expect(readAll(output)).rejects.toBeInstanceOf(ThrottlingException);
  expect(local.witness().invocations).toMatchObject([{ status: "failed", usage: { output: 4 } }]);
});

test("a closed gate holds calls back until it opens", async () => {
  await fetch(`${local.url}/_aws-local/gate`, { method: "POST", body: '{"closed":true}' });
  const answer = bedrockClient(local.url).send(new ConverseCommand(input("t1")));
  await expect.poll(() => local.gate.waiting).toBe(1);
  expect(local.witness().totals.count).toBe(0);
  await fetch(`${local.url}/_aws-local/gate`, { method: "POST", body: '{"closed":false}' });
  expect((await answer).stopReason).toBe("end_turn");
});

test("a caller that leaves before the gate opens has used its input only", async () => {
  local.gate.set(true);
  const abort = new AbortController();
  const answer = bedrockClient(local.url).send(new ConverseStreamCommand(input("t1")), {
    abortSignal: abort.signal,
  });
  await expect.poll(() => local.gate.waiting).toBe(1);
  abort.abort();
  await expect(answer).rejects.toThrow();
  await expect
    .poll(() => local.witness().invocations)
    .toMatchObject([{ status: "aborted", usage: { output: 0 } }]);
  expect(local.witness().totals.input).toBeGreaterThan(0);
});
