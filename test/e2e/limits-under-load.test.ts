/** No tenant spends past its cap, whatever many processes do at once; and what an admin changes holds within a second. */
import { setTimeout } from "node:timers/promises";
import {
  ConverseCommand,
  ConverseStreamCommand,
  ServiceQuotaExceededException,
} from "@aws-sdk/client-bedrock-runtime";
import { formatUsd, parseUsd } from "@caprock/domain";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance, readBudget, spentAndHeld, until } from "../platform/accounting.ts";
import { bedrockClient, openAiClient, readStream } from "../platform/clients.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";
const question = "Fill the page. [[tokens=40]]";
const maxTokens = 64;

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ apis: 4 });
});
afterEach(() => platform.awsLocal.gate.set(false));
afterAll(() => platform?.close());

/** One call of the one shape, on the wire and in the way that `index` asks for; resolves with its text. */
function makeCaller(tenant: TestTenant) {
  const openai = platform.apis.map(({ url }) => openAiClient(url, tenant));
  const bedrock = platform.apis.map(({ url }) => bedrockClient(url, tenant, { http1: true }));
  const openAiBody = {
    model,
    max_tokens: maxTokens,
    messages: [{ role: "user" as const, content: question }],
  };
  const converseBody = {
    modelId: model,
    inferenceConfig: { maxTokens },
    messages: [{ role: "user" as const, content: [{ text: question }] }],
  };
  const wires = [
    async (api: number) =>
      (await openai[api]!.chat.completions.create(openAiBody)).choices[0]?.message.content,
    async (api: number) => {
      let text = "";
      for await (const chunk of await openai[api]!.chat.completions.create({ ...openAiBody, stream: true })) {
        text += chunk.choices[0]?.delta.content ?? "";
      }
      return text;
    },
    async (api: number) =>
      (await bedrock[api]!.send(new ConverseCommand(converseBody))).output?.message?.content?.[0]?.text,
    async (api: number) =>
      (await readStream((await bedrock[api]!.send(new ConverseStreamCommand(converseBody))).stream)).text,
  ];
  return (index: number) => wires[Math.floor(index / 4) % 4]!(index % 4);
}

/** What the one call could cost at most, as the refusal of a tenant without any budget tells on both wires. */
async function worstCaseNanoUsd(): Promise<bigint> {
  const call = makeCaller(await platform.createTenant({ capUsd: "0" }));
  const openAiRefusal = await call(0).catch((error: unknown) => error);
  expect(openAiRefusal).toBeInstanceOf(OpenAI.RateLimitError);
  const { details } = (openAiRefusal as { error: { details: { neededUsd: string } } }).error;
  const awsRefusal = await call(8).catch((error: unknown) => error);
  expect(awsRefusal).toBeInstanceOf(ServiceQuotaExceededException);
  expect((awsRefusal as Error).message).toContain(`$${details.neededUsd}`);
  return parseUsd(details.neededUsd);
}

test("of 200 first calls at once over four processes exactly the 20 that the cap affords succeed", async () => {
  const needed = await worstCaseNanoUsd();
  const left = needed - 1n;
  const cap = 20n * needed + left;
  const tenant = await platform.createTenant({ capUsd: formatUsd(cap) });
  const call = makeCaller(tenant);
  const { gate } = platform.awsLocal;
  gate.set(true);
  const outcomes: (string | Error)[] = [];
  const calls = Array.from({ length: 200 }, (_, index) =>
    call(index).then(
      (text) => outcomes.push(String(text)),
      (error: Error) => outcomes.push(error),
    ),
  );
  const all = Promise.all(calls);

  const samples: bigint[] = [];
  const sample = async () => {
    const account = await readBudget(platform, tenant.id);
    samples.push(account ? spentAndHeld(account) : 0n);
  };
  await until(async () => {
    await sample();
    const codes = outcomes.map((one) =>
      one instanceof Error ? (one as { code?: string }).code : "answered",
    );
    expect([gate.waiting, codes.length, [...new Set(codes)]]).toEqual([20, 180, ["budget_exceeded"]]);
  }, 100_000);
  gate.set(false);
  await until(async () => {
    await sample();
    return outcomes.length === 200;
  });
  await all;
  expect(samples.length).toBeGreaterThan(5);
  expect(samples.filter((spent) => spent > cap)).toEqual([]);
  expect(samples).toContain(20n * needed);

  const answers = outcomes.filter((outcome) => typeof outcome === "string");
  expect(answers).toHaveLength(20);
  expect(answers.every((text) => text.startsWith("[simulated by aws-local]"))).toBe(true);
  const refusals = outcomes.filter((outcome) => outcome instanceof Error);
  const openAiRefusals = refusals.filter((error) => error instanceof OpenAI.RateLimitError);
  const awsRefusals = refusals.filter((error) => error instanceof ServiceQuotaExceededException);
  expect(openAiRefusals.length + awsRefusals.length).toBe(180);
  for (const { type, code, error } of openAiRefusals) {
    expect({ type, code, error }).toMatchObject({
      type: "insufficient_quota",
      code: "budget_exceeded",
      error: { details: { neededUsd: formatUsd(needed), capUsd: formatUsd(cap) } },
    });
    // Less than that is told while a process has a part of it set aside.
    const { remainingUsd } = (error as { details: { remainingUsd: string } }).details;
    expect(parseUsd(remainingUsd)).toBeLessThanOrEqual(left);
  }
  for (const { message, $metadata } of awsRefusals) {
    expect(message).toContain(`of the monthly cap of $${formatUsd(cap)} is left`);
    expect($metadata.attempts).toBe(1);
  }
  // No SDK tried a refused call again: the processes have seen 200 requests of this tenant.
  const logged = (await platform.logs())
    .split("\n")
    .filter((line) => line.includes(`"tenantId":"${tenant.id}"`));
  expect(logged).toHaveLength(200);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(20);
}, 150_000);

test("a cap that is lowered or raised, a suspension and a revoked key hold within a second, in every process", async () => {
  const tenant = await platform.createTenant();
  const params = { tenantId: tenant.id };
  const other = await platform.admin.createApiKey({ params, body: { name: "other" } });
  const call = makeCaller(tenant);
  const callWithOther = makeCaller({ ...tenant, apiKey: other.apiKey });
  /** One call on each process and wire; what it came to. */
  const everywhere = (caller: (index: number) => Promise<unknown>) =>
    Promise.all(
      [0, 5, 10, 15].map((index) =>
        caller(index).then(
          () => "answered",
          // Both SDKs hand Caprock's stable code on.
          (error: { readonly code?: string }) => error.code,
        ),
      ),
    );
  /** Until an edit is a second old, another process may go by its copy; from then on none may. */
  const afterASecond = async (caller: (index: number) => Promise<unknown>, outcome: string) => {
    await setTimeout(1_000);
    expect(await everywhere(caller)).toEqual(Array(4).fill(outcome));
    expect(await everywhere(caller)).toEqual(Array(4).fill(outcome));
  };

  // Load that goes on through all the changes, and calls that hold their worst case meanwhile.
  const load = { stop: false, calls: 0 };
  const loaders = Array.from({ length: 4 }, async (_, loader) => {
    for (let index = loader; !load.stop; index += 5) {
      await call(index).catch(() => undefined);
      load.calls += 1;
    }
  });
  await until(() => load.calls > 8);

  await platform.admin.updateTenant({ params, body: { monthlyCapUsd: "0" } });
  await afterASecond(call, "budget_exceeded");
  await platform.admin.updateTenant({ params, body: { monthlyCapUsd: "50" } });
  await afterASecond(call, "answered");

  await platform.admin.updateTenant({ params, body: { status: "suspended" } });
  await afterASecond(call, "tenant_suspended");
  await afterASecond(callWithOther, "tenant_suspended");
  await platform.admin.updateTenant({ params, body: { status: "active" } });
  await afterASecond(call, "answered");

  await platform.admin.revokeApiKey({ params: { ...params, apiKeyId: tenant.apiKeyId } });
  await afterASecond(call, "revoked_api_key");
  await afterASecond(callWithOther, "answered");
  load.stop = true;
  await Promise.all(loaders);
  await expectBooksToBalance(platform, tenant.id);
  expect((await readBudget(platform, tenant.id))?.limit).toBe(parseUsd("50"));
});

test("calls in flight when their tenant's cap falls to nothing are answered and settled", async () => {
  const tenant = await platform.createTenant();
  const call = makeCaller(tenant);
  const { gate } = platform.awsLocal;
  gate.set(true);
  const calls = Promise.all([0, 5, 10, 15].map(call));
  await until(() => gate.waiting === 4);
  await platform.admin.updateTenant({ params: { tenantId: tenant.id }, body: { monthlyCapUsd: "0" } });
  gate.set(false);
  expect(await calls).toHaveLength(4);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(4);
  const budget = await readBudget(platform, tenant.id);
  expect(budget?.available).toBe(-(budget?.settled ?? 0n));
});

test("more requests a minute than allowed are refused with the time to wait, over all processes together", async () => {
  const tenant = await platform.createTenant({ requestsPerMinute: 5 });
  const results = await Promise.all(
    Array.from({ length: 24 }, async (_, index) => {
      const response = await fetch(`${platform.apis[index % 4]?.url}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${tenant.apiKey}` },
        body: JSON.stringify({ model, max_tokens: 8, messages: [{ role: "user", content: "Hi" }] }),
      });
      return {
        status: response.status,
        body: await response.json(),
        retryAfter: response.headers.get("retry-after"),
      };
    }),
  );
  const refused = results.filter(({ status }) => status === 429);
  const answered = results.filter(({ status }) => status === 200);
  expect(refused.length + answered.length).toBe(24);
  // Twice the limit if a minute ended in between.
  expect([5, 10]).toContain(answered.length);
  for (const { body, retryAfter } of refused) {
    expect(body).toMatchObject({ error: { code: "rate_limited", type: "rate_limit_error" } });
    expect(Number(retryAfter)).toBeGreaterThan(0);
    expect(Number(retryAfter)).toBeLessThanOrEqual(60);
  }
  await expectBooksToBalance(platform, tenant.id);
});
