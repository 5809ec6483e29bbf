/** What the functions ask of AWS, against what the roles that infra gives them allow. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { CreateTopicCommand } from "@aws-sdk/client-sns";
import { createAdminClient } from "@caprock/contract";
import { ensureMemory } from "@caprock/memory/agentcore";
import { createLocalQueues } from "@caprock/memory/sqs";
import {
  childEnvironment,
  createAgentCoreControlClient,
  createSnsClient,
  createSqsClient,
  localCredentials,
} from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { functionGrants } from "../platform/function-grants.ts";
import { type RecordingProxy, startRecordingProxy } from "../platform/recording-proxy.ts";
import {
  localEnvironment,
  type Platform,
  startPlatform,
  type TestTenant,
  tablePrefix,
} from "../platform/start-platform.ts";

const timeout = { timeout: 60_000 };
const fileOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const model = "us.amazon.nova-lite-v1:0";
const base = "http://api.test";

let platform: Platform;
let tenant: TestTenant;
let proxy: RecordingProxy;
let api: typeof fetch;
let written = "";
let grantsOf: ReturnType<typeof functionGrants>;
let settings: Record<string, string>;
const functions: ChildProcess[] = [];

beforeAll(async () => {
  grantsOf = functionGrants();
  platform = await startPlatform();
  tenant = await platform.createTenant();
  proxy = await startRecordingProxy(platform.awsLocal.url, tablePrefix);
  settings = await makeResources();
  api = fetchBy(await startFunction("lambda-runtime.mjs", "api"));
}, timeout.timeout);
afterAll(async () => {
  for (const child of functions) {
    child.kill("SIGKILL");
  }
  proxy?.close();
  await platform?.close();
});

/** What infra makes besides tables and buckets, and how a process finds it. */
async function makeResources(): Promise<Record<string, string>> {
  const access = { region: "us-east-1", endpoint: platform.awsLocal.url, credentials: localCredentials };
  const [control, sqs, sns] = [
    createAgentCoreControlClient(access),
    createSqsClient(access),
    createSnsClient(access),
  ];
  const memoryId = await ensureMemory(control, "caprock_test");
  const { queueUrl } = await createLocalQueues(sqs, tablePrefix);
  const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: `${tablePrefix}-alerts` }));
  for (const client of [control, sqs, sns]) {
    client.destroy();
  }
  return {
    CAPROCK_MEMORY_ID: memoryId,
    // SQS's client calls where the queue's own address says.
    CAPROCK_MEMORY_QUEUE_URL: queueUrl.replace(platform.awsLocal.url, proxy.url),
    CAPROCK_ALERT_TOPIC_ARN: TopicArn,
  };
}

/** A bundle in its function's runtime, with the metrics that production has. */
async function startFunction(runtime: string, app: string, entry = "lambda"): Promise<ChildProcess> {
  const bundle = fileOf(`../../apps/${app}/dist/${entry}/index.mjs`);
  if (!existsSync(bundle)) {
    throw new Error(
      `${bundle} is not there. Run the tests through \`pnpm test\`, or build.mjs in apps/${app}.`,
    );
  }
  const child = spawn(process.execPath, [fileOf(`../platform/${runtime}`), bundle], {
    env: childEnvironment({
      ...localEnvironment(platform.awsLocal.url, platform.adminToken),
      ...settings,
      AWS_ENDPOINT_URL: proxy.url,
      CAPROCK_METRICS: "emf",
    }),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  child.stderr?.on("data", (text) => {
    written += text;
  });
  functions.push(child);
  await once(child, "message");
  return child;
}

/** `fetch` by events of a REST API, one after another. */
function fetchBy(lambda: ChildProcess): typeof fetch {
  return async (asked, init) => {
    const request = new Request(asked, init);
    const { pathname: path, searchParams } = new URL(request.url);
    lambda.send({
      version: "1.0",
      httpMethod: request.method,
      path,
      headers: { ...Object.fromEntries(request.headers), host: "api.test" },
      multiValueHeaders: {},
      queryStringParameters: Object.fromEntries(searchParams),
      requestContext: { domainName: "api.test", httpMethod: request.method, path },
      isBase64Encoded: true,
      body: Buffer.from(await request.arrayBuffer()).toString("base64"),
    });
    const [{ metadata, chunks }] = (await once(lambda, "message")) as [
      { metadata: { statusCode: number; headers: Record<string, string> }; chunks: string[] },
    ];
    const body = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk, "base64")));
    return new Response(body, { status: metadata.statusCode, headers: metadata.headers });
  };
}

/** What was done and may not be. */
function forbidden(taken: readonly string[], functionName: string): readonly string[] {
  const granted = grantsOf(functionName);
  expect(taken.length).toBeGreaterThan(5);
  expect(granted.count).toBeGreaterThan(10);
  return taken.filter((action) => !granted.allow(action));
}

async function call(method: string, path: string, body?: unknown, more: Record<string, string> = {}) {
  const response = await api(`${base}${path}`, {
    method,
    headers: { authorization: `Bearer ${tenant.apiKey}`, ...more },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

test(
  "tenants' calls ask nothing of AWS that the roles of the API and of sockets forbid",
  timeout,
  async () => {
    const chat = { model, max_tokens: 20, messages: [{ role: "user", content: "Hello" }] };
    const large = { ...chat, messages: [{ role: "user", content: "Hello. ".repeat(60_000) }] };
    const ann = { "x-caprock-session": "s", "x-caprock-actor": "ann" };
    const converse = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };
    const guarded = {
      ...converse,
      inferenceConfig: { maxTokens: 20 },
      guardrailConfig: { guardrailIdentifier: "gr1", guardrailVersion: "1" },
    };
    const invoke = { messages: converse.messages, inferenceConfig: { maxTokens: 20 } };
    const claude = "anthropic.claude-haiku-4-5-20251001-v1:0";
    const path = `/model/${encodeURIComponent(model)}`;
    const counted = { input: { converse } };
    await platform.admin.updateTenant({
      params: { tenantId: tenant.id },
      body: { contextPolicy: { memory: true } },
    });
    const stored = await call("POST", "/v1/responses", { model, input: "Hello", store: true });
    const answers = [
      stored,
      await call("GET", `/v1/responses/${JSON.parse(stored.text).id}`),
      await call("POST", "/v1/chat/completions", chat, ann),
      await call("POST", "/v1/chat/completions", large, ann),
      await call("POST", "/v1/chat/completions", { ...chat, stream: true }, { "idempotency-key": "once" }),
      await call("POST", "/v1/chat/completions", { ...chat, stream: true }, { "idempotency-key": "once" }),
      await call("POST", "/v1/embeddings", { model: "amazon.titan-embed-text-v2:0", input: "Hello" }),
      await call("GET", "/v1/status"),
      await call("GET", "/v1/sessions", undefined, { "x-caprock-actor": "ann" }),
      await call("GET", "/v1/sessions/s/turns?actor=ann"),
      await call("POST", `${path}/converse`, guarded),
      await call("POST", `${path}/converse-stream`, guarded),
      await call("POST", `${path}/invoke`, invoke),
      await call("POST", `${path}/invoke-with-response-stream`, invoke),
      await call("POST", `/model/${encodeURIComponent(`us.${claude}`)}/count-tokens`, counted),
      await call("POST", "/guardrail/gr1/version/1/apply", {
        source: "INPUT",
        content: [{ text: { text: "Hello" } }],
      }),
      // It has no price, which is told by an alert.
      await call("POST", "/v1/chat/completions", { ...chat, service_tier: "flex" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([...Array(answers.length - 1).fill(200), 403]);
    const taken = [...proxy.taken];
    expect(taken).toEqual(
      expect.arrayContaining([
        "dynamodb:PutItem alerts",
        expect.stringMatching(/^s3:PutObject turn-bodies\/tenants\//),
        expect.stringMatching(/^s3:GetObject turn-bodies\/tenants\//),
        `bedrock:InvokeModel inference-profile/${model}`,
        "bedrock:InvokeModel foundation-model/amazon.titan-embed-text-v2:0",
        `bedrock:InvokeModelWithResponseStream inference-profile/${model}`,
        `bedrock:CountTokens foundation-model/${claude}`,
        "bedrock:ApplyGuardrail guardrail/gr1",
        `bedrock-agentcore:RetrieveMemoryRecords memory /tenants/${tenant.id}/actors/ann/`,
        "sqs:SendMessage memory-ingestion",
      ]),
    );
    expect(forbidden(taken, "api")).toEqual([]);
    expect(forbidden(taken, "socket")).toEqual([]);
    // Metrics are lines of the log: nothing else is to be paid for there.
    expect(written).not.toContain("EMF");
  },
);

test("what admins ask for asks nothing of AWS that the role of the API forbids", timeout, async () => {
  const admin = createAdminClient({ baseUrl: base, token: platform.adminToken, fetch: api });
  proxy.taken.clear();
  const { id: tenantId } = await admin.createTenant({ body: { name: "Other", monthlyCapUsd: "5" } });
  const params = { tenantId };
  const { id: apiKeyId } = await admin.createApiKey({ params, body: { name: "key" } });
  const key = { ...params, apiKeyId };
  await admin.updateApiKey({ params: key, body: { name: "renamed" } });
  await admin.rotateApiKey({ params: key, body: { graceSeconds: 0 } });
  await admin.revokeApiKey({ params: key });
  await admin.updateTenant({ params, body: { monthlyCapUsd: "20" } });
  const until = "2099-01-01T00:00:00Z";
  const override = { limitId: "monthly-cap", unit: "usd", amount: "5", reason: "trial", until } as const;
  const { id: overrideId } = await admin.addOverride({ params, body: override });
  await admin.endOverride({ params: { ...params, overrideId } });
  await admin.replacePlatformLimits({ body: { rules: [], timeZone: "UTC", version: 0 } });
  const { own: _, ...rules } = await admin.readAlertRules({ params });
  await admin.replaceAlertRules({ params, body: rules });
  await admin.rerate({ params, body: { month: "2026-11", reason: "test", dryRun: false } });
  const range = { start: "2026-11-01T00:00:00Z", end: "2026-11-01T01:00:00Z" };
  await admin.requestReconciliation({ body: { source: "invocation-log", ...range } });
  await admin.addInferenceProfile({ params, body: { model } });
  await admin.compareSources({ query: { from: range.start, to: range.end } });
  await admin.forgetTenant({ params });
  const { paths } = (await (await api(`${base}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  for (const [path] of Object.entries(paths).filter(([, methods]) => "get" in methods)) {
    const { status } = await api(`${base}${path.replace("{tenantId}", tenant.id)}`, {
      headers: { authorization: `Bearer ${platform.adminToken}` },
    });
    // CloudWatch's comparison asks for its range.
    expect([path, status]).toEqual([path, path.endsWith("/comparison") ? 400 : 200]);
  }
  expect(forbidden([...proxy.taken], "api")).toEqual([]);
});

test("taking sessions into long-term memory asks nothing of AWS that its role forbids", timeout, async () => {
  proxy.taken.clear();
  const ingestion = await startFunction("function-runtime.mjs", "worker", "ingest");
  const job = { kind: "ingest", tenantId: tenant.id, actorId: "ann", sessionId: "s" };
  const records = [{ messageId: "m", body: JSON.stringify(job) }];
  ingestion.send({ call: 1, event: { Records: records } });
  const [answer] = await once(ingestion, "message");
  expect(answer).toEqual({ call: 1, result: { batchItemFailures: [] } });
  const taken = [...proxy.taken];
  expect(taken).toContain(`bedrock-agentcore:CreateEvent memory ${tenant.id}/actors/ann`);
  expect(forbidden(taken, "ingestion")).toEqual([]);
});

test("forgetting an actor asks nothing of AWS that the role of the API forbids", timeout, async () => {
  proxy.taken.clear();
  const { status, text } = await call("DELETE", "/v1/actors/ann");
  expect([status, JSON.parse(text)]).toMatchObject([200, { complete: true }]);
  const taken = [...proxy.taken];
  expect(taken).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^s3:DeleteObject turn-bodies\/tenants\//),
      `bedrock-agentcore:DeleteEvent memory ${tenant.id}/actors/ann`,
    ]),
  );
  expect(forbidden(taken, "api")).toEqual([]);
});

test("a round of the worker asks nothing of AWS that its role forbids", timeout, async () => {
  proxy.taken.clear();
  const worker = await startFunction("function-runtime.mjs", "worker");
  worker.send({ call: 1, event: {} });
  const [answer] = await once(worker, "message");
  expect(answer).toEqual({ call: 1, result: null });
  const taken = [...proxy.taken];
  expect(taken).toEqual(expect.arrayContaining(["sns:Publish alerts", "s3:ListBucket invocation-log"]));
  expect(forbidden(taken, "worker")).toEqual([]);
});
