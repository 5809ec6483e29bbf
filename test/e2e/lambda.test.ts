/** The bundle that infra deploys, run as API Gateway runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import {
  localEnvironment,
  type Platform,
  startPlatform,
  type TestTenant,
} from "../platform/start-platform.ts";

const bundle = fileURLToPath(new URL("../../apps/api/dist/lambda/index.mjs", import.meta.url));
const runtime = fileURLToPath(new URL("../platform/lambda-runtime.mjs", import.meta.url));
const timeoutMs = 60_000;

interface LambdaAnswer {
  readonly metadata: { readonly statusCode: number; readonly headers: Record<string, string> };
  /** Base64, in the order they were streamed. */
  readonly chunks: readonly string[];
}

let platform: Platform;
let tenant: TestTenant;
let lambda: ChildProcess;
let log: Interface;

beforeAll(async () => {
  if (!existsSync(bundle)) {
    throw new Error(
      "The API is not bundled. Run the tests through `pnpm test`, or `node build.mjs` in apps/api.",
    );
  }
  platform = await startPlatform();
  tenant = await platform.createTenant();
  lambda = spawn(process.execPath, [runtime, bundle], {
    env: childEnvironment({
      ...localEnvironment(platform.awsLocal.url, platform.adminToken),
      CAPROCK_METRICS: "emf",
      CAPROCK_METRICS_CARDINALITY: "all",
    }),
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  if (!lambda.stdout) {
    throw new Error("The function has no log.");
  }
  log = createInterface({ input: lambda.stdout });
  await once(lambda, "message");
}, timeoutMs);

afterAll(async () => {
  lambda.kill("SIGKILL");
  await platform.close();
});

/** An event of a REST API with `{proxy+}`, whose bodies come in base64. */
async function invoke(path: string, body: unknown): Promise<LambdaAnswer> {
  lambda.send({
    version: "1.0",
    httpMethod: "POST",
    path,
    headers: {
      authorization: `Bearer ${tenant.apiKey}`,
      "content-type": "application/json",
      host: "api.test",
    },
    multiValueHeaders: {},
    queryStringParameters: null,
    requestContext: { domainName: "api.test", httpMethod: "POST", path },
    isBase64Encoded: true,
    body: Buffer.from(JSON.stringify(body)).toString("base64"),
  });
  const [answer] = await once(lambda, "message");
  return answer as LambdaAnswer;
}

const text = ({ chunks }: LambdaAnswer) =>
  chunks.map((chunk) => Buffer.from(chunk, "base64").toString()).join("");

test(
  "streams an OpenAI answer in several writes, and settles it before the function ends",
  async () => {
    const answer = await invoke("/v1/chat/completions", {
      model: "us.amazon.nova-lite-v1:0",
      stream: true,
      messages: [{ role: "user", content: "Hello [[tokens=200]]" }],
    });
    expect(answer.metadata.statusCode).toBe(200);
    expect(answer.metadata.headers["content-type"]).toContain("text/event-stream");
    expect(answer.chunks.length).toBeGreaterThan(1);
    expect(text(answer)).toMatch(/data: \[DONE\]\n\n$/);
    await expectBooksToBalance(platform, tenant.id);
  },
  timeoutMs,
);

test(
  "writes what a call used to its log, where CloudWatch reads it: one line, at the call's arrival",
  async () => {
    const metrics = new Promise<Record<string, unknown>>((resolve) => {
      log.on("line", (line) => {
        const written = JSON.parse(line);
        if (written._aws) {
          resolve(written);
        }
      });
    });
    const path = "/model/us.amazon.nova-lite-v1:0/converse";
    const body = { messages: [{ role: "user", content: [{ text: "Hello [[tokens=20]]" }] }] };
    const { usage } = JSON.parse(text(await invoke(path, body)));
    expect(await metrics).toMatchObject({
      _aws: {
        CloudWatchMetrics: [
          { Namespace: "Caprock", Dimensions: [["Model"], ["Tenant"], ["Tenant", "Model"]] },
        ],
      },
      Tenant: tenant.id,
      Model: "amazon.nova-lite-v1:0",
      Requests: 1,
      InputTokens: usage.inputTokens,
      OutputTokens: usage.outputTokens,
      Latency: expect.any(Number),
    });
  },
  timeoutMs,
);

test(
  "serves Bedrock's wire, whether or not the gateway has decoded the model id",
  async () => {
    const id = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0";
    for (const path of [`/model/${id}/converse`, `/model/${encodeURIComponent(id)}/converse`]) {
      const answer = await invoke(path, { messages: [{ role: "user", content: [{ text: "Hello" }] }] });
      expect(answer.metadata.statusCode, text(answer)).toBe(200);
      expect(JSON.parse(text(answer))).toHaveProperty("stopReason", "end_turn");
    }
    await expectBooksToBalance(platform, tenant.id);
  },
  timeoutMs,
);

test(
  "answers a refusal with its status and shape",
  async () => {
    const answer = await invoke("/model/nope/converse", {
      messages: [{ role: "user", content: [{ text: "Hi" }] }],
    });
    expect(answer.metadata).toMatchObject({
      statusCode: 404,
      headers: { "x-amzn-errortype": "ResourceNotFoundException" },
    });
    expect(JSON.parse(text(answer))).toHaveProperty("code", "model_not_found");
  },
  timeoutMs,
);
