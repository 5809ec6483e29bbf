import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ServiceInputTypes,
} from "@aws-sdk/client-bedrock-runtime";
import { systemClock } from "@caprock/platform";
import { accessKeyPairOf } from "@caprock/tenancy";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Listener, listen } from "../http/listen.ts";
import { type OpenApi, openApi } from "../testing/open-api.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };
const modelId = "us.amazon.nova-lite-v1:0";
const arn = `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${modelId}`;
const asked = (id = modelId) => ({
  modelId: id,
  messages: [{ role: "user" as const, content: [{ text: "Hello (you) & 'all', ünï*ö!" }] }],
});

let api: OpenApi;
let listener: Listener;
let clients: BedrockRuntimeClient[] = [];
beforeAll(async () => {
  // Signers take the machine's time.
  api = await openApi(systemClock.now());
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: api.fetch });
}, timeoutMs);
beforeEach(() => {
  api.clock.set(systemClock.now());
  clients = [];
  return () => {
    for (const client of clients) {
      client.destroy();
    }
  };
});
afterAll(async () => {
  await listener?.drain(0);
  await api?.close();
});

type Pair = ReturnType<typeof accessKeyPairOf>;

function clientOf(credentials: Pair, { http1 = false, skewMs = 0 } = {}) {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${listener.port}`,
    credentials,
    maxAttempts: 1,
    systemClockOffset: skewMs,
    ...(http1 ? { requestHandler: new NodeHttpHandler() } : {}),
  });
  clients.push(client);
  return client;
}

async function newPair(): Promise<{ readonly tenantId: string; readonly pair: Pair }> {
  const { tenant, stored } = await api.newTenant();
  return { tenantId: tenant.id, pair: accessKeyPairOf(stored, api.accessKeySecret) };
}

const failure = (sending: Promise<unknown>) =>
  sending.then(
    () => undefined,
    (error: Error) => error,
  );

test.each([
  ["HTTP/2", modelId, false],
  ["HTTP/1.1", modelId, true],
  ["HTTP/2, a model's ARN", arn, false],
  ["HTTP/1.1, a model's ARN", arn, true],
])("a call that the AWS SDK signs is served over %s", timeout, async (_, id, http1) => {
  const { tenantId, pair } = await newPair();
  const client = clientOf(pair, { http1 });
  const { usage } = await client.send(new ConverseCommand(asked(id)));
  const { stream } = await client.send(new ConverseStreamCommand(asked(id)));
  const events = [];
  for await (const event of stream ?? []) {
    events.push(event);
  }
  expect(events.at(-1)).toHaveProperty("metadata.usage");
  const { invocations } = api.awsLocal.witness({ tenant: tenantId });
  expect(invocations).toHaveLength(2);
  expect(invocations[0]).toMatchObject({ usage: { output: usage?.outputTokens } });
});

test(
  "the pair that the admin API shows is the key's own, and a rotation ends it when its grace is over",
  timeout,
  async () => {
    const { tenant } = await api.newTenant();
    const admin = async (path: string, body: object) => {
      const answer = await api.send("POST", `/admin/v1/tenants/${tenant.id}/keys${path}`, {
        key: api.adminToken,
        body,
      });
      return (await answer.json()) as { id: string; accessKey: Pair };
    };
    const issued = await admin("", { name: "signing" });
    const rotated = await admin(`/${issued.id}/rotate`, { graceSeconds: 60 });
    expect(rotated.accessKey.accessKeyId).toBe(issued.accessKey.accessKeyId);
    const [before, after] = [clientOf(issued.accessKey), clientOf(rotated.accessKey)];
    await before.send(new ConverseCommand(asked()));
    await after.send(new ConverseCommand(asked()));
    api.clock.advance(61_000);
    expect(await failure(before.send(new ConverseCommand(asked())))).toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining("was rotated"),
    });
    await after.send(new ConverseCommand(asked()));
  },
);

test.each<[string, (pair: Pair, other: Pair) => Pair, string]>([
  [
    "another key's secret",
    (pair, other) => ({ ...pair, secretAccessKey: other.secretAccessKey }),
    "InvalidSignatureException",
  ],
  [
    "a guessed secret",
    (pair) => ({ ...pair, secretAccessKey: `${pair.secretAccessKey}x` }),
    "InvalidSignatureException",
  ],
  [
    "an AWS access key",
    () => ({ accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "x" }),
    "AccessDeniedException",
  ],
])(
  "who signs with %s is refused by the SDK's own error, and nothing is served",
  timeout,
  async (_, wrong, name) => {
    const { tenantId, pair } = await newPair();
    const { pair: other } = await newPair();
    const client = clientOf(wrong(pair, other));
    expect(await failure(client.send(new ConverseCommand(asked())))).toMatchObject({
      name,
      $metadata: { httpStatusCode: 403 },
    });
    expect(api.awsLocal.witness({ tenant: tenantId }).invocations).toEqual([]);
  },
);

test("whatever of a signed request is changed on its way, it is refused", timeout, async () => {
  const { tenantId, pair } = await newPair();
  const captured = await capture(clientOf(pair, { http1: true }), asked());
  const send = (change: Partial<Captured>) => {
    const { path, headers, body } = { ...captured, ...change };
    return api.fetch(
      new Request(`http://127.0.0.1:${listener.port}${path}`, { method: "POST", headers, body }),
    );
  };
  // The one that was captured, and the same again.
  expect((await send({})).status).toBe(200);
  const changes: Partial<Captured>[] = [
    { body: captured.body.replace("Hello", "Hellp") },
    { path: captured.path.replace("lite", "pro") },
    { path: `${captured.path}?x=1` },
    { headers: { ...captured.headers, host: "elsewhere.test" } },
    {
      headers: {
        ...captured.headers,
        "x-amz-date": captured.headers["x-amz-date"]!.replace(/\dZ$/, (end) => (end === "0Z" ? "1Z" : "0Z")),
      },
    },
    {
      headers: {
        ...captured.headers,
        authorization: captured.headers.authorization!.replace("us-east-1", "us-west-2"),
      },
    },
  ];
  for (const change of changes) {
    const answer = await send(change);
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: "invalid_signature" }]);
  }
  expect(api.awsLocal.witness({ tenant: tenantId }).invocations).toHaveLength(2);
});

test("a signature is good for five minutes, and the SDK mends its clock by our answer", timeout, async () => {
  const { pair } = await newPair();
  const old = clientOf(pair, { http1: true, skewMs: -6 * 60_000 });
  expect(await failure(old.send(new ConverseCommand(asked())))).toMatchObject({
    name: "InvalidSignatureException",
    message: expect.stringContaining("five minutes"),
  });
  // The refusal told it the time.
  await old.send(new ConverseCommand(asked()));
});

test.each([
  "AWS4-HMAC-SHA256",
  "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=00",
  `AWS4-HMAC-SHA256 Credential=X/20261126/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`,
  `AWS4-HMAC-SHA256 Credential=X/20261126/us-east-1/bedrock/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`,
])("a malformed signature (%s) is told what it lacks", timeout, async (authorization) => {
  const request = new Request("http://api.test/v1/models", { headers: { authorization } });
  const answer = await api.fetch(request);
  expect([answer.status, await answer.json()]).toMatchObject([401, { error: { code: "invalid_signature" } }]);
});

interface Captured {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What the SDK would send. */
async function capture(client: BedrockRuntimeClient, input: ServiceInputTypes): Promise<Captured> {
  let captured: Captured | undefined;
  client.middlewareStack.add(
    (next) => async (args) => {
      const { path, headers, body } = args.request as Captured;
      captured = { path, headers, body: body.toString() };
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
  await client.send(new ConverseCommand(input as never));
  return captured!;
}
