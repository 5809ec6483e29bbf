import { ApplyGuardrailCommand, BedrockRuntimeClient } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listener, listen } from "../../http/listen.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };

let api: OpenApi;
let listener: Listener;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: api.fetch });
}, timeoutMs);
afterAll(async () => {
  await listener?.drain(0);
  await api?.close();
});

function clientOf(token: string): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${listener.port}`,
    token: { token },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
}

const asked = (text: string) =>
  new ApplyGuardrailCommand({
    guardrailIdentifier: "arn:aws:bedrock:us-east-1:123456789012:guardrail/abc",
    guardrailVersion: "DRAFT",
    source: "INPUT",
    content: [{ text: { text } }],
  });

test(
  "the AWS SDK applies a guardrail, and its text units are charged, each policy at its price",
  timeout,
  async () => {
    const { tenant, apiKey } = await api.newTenant();
    const client = clientOf(apiKey);
    const free = await client.send(asked("Hello"));
    expect(free).toMatchObject({ action: "NONE", usage: { contentPolicyUnits: 1 } });
    const { $metadata, ...blocked } = await client.send(asked(`[[blocked]] ${"x".repeat(2_000)}`));
    client.destroy();
    expect(blocked).toMatchObject({ action: "GUARDRAIL_INTERVENED", usage: { topicPolicyUnits: 3 } });
    const entry = await api.ledger.find(tenant.id, $metadata.requestId!);
    // Three text units: 0.00015 for topics, 0.00015 for content, 0.0001 for personal data, 0.0001 for grounding.
    expect(entry).toMatchObject({
      wire: "bedrock.apply-guardrail",
      modelId: "amazon.bedrock-guardrails",
      costNanoUsd: 3n * 500_000n,
      estimated: false,
    });
  },
);

test(
  "a body without content is refused in AWS's own shape, before anything is applied",
  timeout,
  async () => {
    const { apiKey } = await api.newTenant();
    const served = api.awsLocal.witness().invocations.length;
    const path = "/guardrail/abc/version/1/apply";
    for (const body of [{}, { source: "INPUT", content: [] }, { content: [{ text: 1 }] }, []]) {
      const answer = await api.send("POST", path, { key: apiKey, body });
      expect([answer.status, answer.headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
    }
    expect((await api.send("POST", path, { body: {} })).status).toBe(403);
    expect(api.awsLocal.witness().invocations.length).toBe(served);
  },
);

test("a guardrail that Bedrock refuses is told as Bedrock tells it, and costs nothing", timeout, async () => {
  const { tenant, apiKey } = await api.newTenant();
  api.awsLocal.addFault({ service: "bedrock", kind: "error", name: "ResourceNotFoundException" });
  const client = clientOf(apiKey);
  await expect(client.send(asked("Hello"))).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  client.destroy();
  const entries = [];
  for await (const entry of api.ledger.list(tenant.id, { startMs: 0, endMs: Date.parse("2027-01-01") })) {
    entries.push(entry);
  }
  expect(entries).toEqual([]);
});
