import {
  BedrockRuntimeClient,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listener, listen } from "../../http/listen.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };
const guardrailConfig = { guardrailIdentifier: "abc123", guardrailVersion: "1" };
const blocked = "[simulated by aws-local] Blocked.";

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

type Asked = Pick<ConverseCommandInput, "guardrailConfig"> & { readonly text: string };

/** Asks as the AWS SDK does, whole and streamed, and returns what both say. */
async function ask(token: string, { text, ...more }: Asked, streamed: boolean) {
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${listener.port}`,
    token: { token },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
  const input = {
    modelId: "us.amazon.nova-lite-v1:0",
    messages: [{ role: "user" as const, content: [{ text }] }],
    inferenceConfig: { maxTokens: 200 },
    ...more,
  };
  try {
    if (!streamed) {
      const { output, stopReason, trace, usage } = await client.send(new ConverseCommand(input));
      return { text: output?.message?.content?.[0]?.text, stopReason, trace, usage };
    }
    let said = "";
    let stopReason: string | undefined;
    const { stream } = await client.send(new ConverseStreamCommand(input));
    for await (const { contentBlockDelta, messageStop, metadata } of stream ?? []) {
      said += contentBlockDelta?.delta?.text ?? "";
      stopReason ??= messageStop?.stopReason;
      if (metadata) {
        return { text: said, stopReason, trace: metadata.trace, usage: metadata.usage };
      }
    }
    throw new Error("The stream had no metadata.");
  } finally {
    client.destroy();
  }
}

/** The one entry of the tenant, against the one call that was served. */
async function expectSettled(tenantId: string) {
  const served = api.awsLocal.witness({ tenant: tenantId }).invocations;
  expect(served).toHaveLength(1);
  const ledger = await api.send("GET", `/admin/v1/tenants/${tenantId}/ledger`, { key: api.adminToken });
  const { entries } = (await ledger.json()) as {
    entries: { tokens: object; estimated: boolean; unitLines: { unit: string; count: number }[] }[];
  };
  expect(entries).toHaveLength(1);
  const units = Object.fromEntries(entries[0]!.unitLines.map(({ unit, count }) => [unit, count]));
  const expected = Object.entries(served[0]!.units).filter(([, count]) => count > 0);
  expect(units).toEqual(Object.fromEntries(expected));
  expect(entries[0]).toMatchObject({ tokens: served[0]!.usage, estimated: false });
  return { units, usage: served[0]!.usage };
}

test.each([
  ["whole", false],
  ["streamed", true],
])(
  "a guarded answer, %s, is what it is without, and its guardrail is billed",
  timeout,
  async (_, streamed) => {
    const { tenant, apiKey } = await api.newTenant();
    const text = `Say something. ${"word ".repeat(300)}`;
    const answer = await ask(apiKey, { text, guardrailConfig }, streamed);
    expect(answer).toMatchObject({ stopReason: "end_turn", trace: undefined });
    const { units } = await expectSettled(tenant.id);
    // 1,515 characters of prompt are two text units, the answer one more.
    expect(units).toMatchObject({ guardrailTopics: 3, guardrailContent: 3 });
  },
);

test.each([
  ["whole", false],
  ["streamed", true],
])("a blocked prompt, %s, costs what the guardrail costs, and no tokens", timeout, async (_, streamed) => {
  const { tenant, apiKey } = await api.newTenant();
  const answer = await ask(apiKey, { text: "This is [[blocked]].", guardrailConfig }, streamed);
  expect(answer).toMatchObject({ text: blocked, stopReason: "guardrail_intervened" });
  expect(await expectSettled(tenant.id)).toMatchObject({
    units: { guardrailTopics: 1 },
    usage: { input: 0, output: 0 },
  });
});

test.each([
  ["whole", false],
  ["streamed", true],
])("a blocked answer, %s, costs its tokens too, and is not shown", timeout, async (_, streamed) => {
  const { tenant, apiKey } = await api.newTenant();
  const answer = await ask(
    apiKey,
    { text: "Answer this. [[blocked-answer]]", guardrailConfig: { ...guardrailConfig, trace: "enabled" } },
    streamed,
  );
  expect(answer).toMatchObject({ text: blocked, stopReason: "guardrail_intervened" });
  expect(answer.trace?.guardrail?.outputAssessments?.abc123?.[0]?.invocationMetrics?.usage).toMatchObject({
    topicPolicyUnits: 1,
  });
  const { units, usage } = await expectSettled(tenant.id);
  expect(units).toMatchObject({ guardrailTopics: 2 });
  expect(usage.output).toBeGreaterThan(0);
});

test(
  "a guardrail that Bedrock does not take is refused as Bedrock refuses it, and costs nothing",
  timeout,
  async () => {
    const { tenant, apiKey } = await api.newTenant();
    const wrong = { guardrailIdentifier: "Not A Name", guardrailVersion: "1" };
    await expect(ask(apiKey, { text: "Hello", guardrailConfig: wrong }, false)).rejects.toMatchObject({
      name: "ValidationException",
    });
    expect(api.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  },
);

test("a budget that does not cover what a guardrail can be billed is not spent on it", timeout, async () => {
  const { tenant, apiKey } = await api.newTenant();
  await api.send("PATCH", `/admin/v1/tenants/${tenant.id}`, {
    key: api.adminToken,
    body: { monthlyCapUsd: "0.01" },
  });
  api.clock.advance(1_001);
  const text = "word ".repeat(5_000);
  await expect(ask(apiKey, { text, guardrailConfig }, false)).rejects.toMatchObject({
    name: "ServiceQuotaExceededException",
  });
  expect(api.awsLocal.witness({ tenant: tenant.id }).invocations).toEqual([]);
  expect(await ask(apiKey, { text: "Hello" }, false)).toMatchObject({ stopReason: "end_turn" });
});
