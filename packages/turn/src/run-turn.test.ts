import { CaprockError, type Tenant } from "@caprock/domain";
import type { BedrockRuntime, ConverseFrame, JsonObject } from "@caprock/inference";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runTurn, runTurnStream } from "./run-turn.ts";
import { modelId, type OpenTurn, openTurn } from "./testing/open-turn.ts";
import { runToEnd, served } from "./testing/run-to-end.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

const timeoutMs = 60_000;
const pollMs = 15_000;
const cap = 10_000_000_000n;
let turn: OpenTurn;

beforeAll(async () => {
  turn = await openTurn();
}, timeoutMs);
beforeEach(() => {
  turn.awsLocal.clearFaults();
  turn.awsLocal.gate.set(false);
  turn.settlementFailures.length = 0;
});
afterAll(() => turn.close());

const run = (how: "whole" | "stream", request: TurnRequest, parts: TurnParts = turn.parts) =>
  runToEnd(how, request, parts);
const entryOf = ({ requestId, caller }: TurnRequest) => turn.ledger.find(caller.tenant.id, requestId);

/** Nothing is held any more, and what the ledger says was spent. */
async function expectSettled(tenant: Tenant, costNanoUsd: bigint): Promise<void> {
  expect(await turn.accounts(tenant)).toEqual({
    requests: [999n, 1n, 0n],
    money: [cap - costNanoUsd, costNanoUsd, 0n],
  });
}

test.each(["whole", "stream"] as const)(
  "a %s answer is billed exactly what Bedrock served, and holds nothing",
  { timeout: timeoutMs },
  async (how) => {
    const tenant = turn.newTenant();
    const request = turn.request(tenant, {
      text: "[[tokens=30]]",
      body: {
        system: [{ text: "Be kind. ".repeat(50) }, { cachePoint: { type: "default" } }],
        requestMetadata: { team: "blue" },
        inferenceConfig: { temperature: 0.3 },
      },
    });
    await run(how, request);
    const entry = await entryOf(request);
    const { invocations } = turn.awsLocal.witness({ requestId: request.requestId });
    expect(invocations).toHaveLength(1);
    expect(entry).toMatchObject({ usage: invocations[0]?.usage, status: "completed", estimated: false });
    expect(entry?.usage).toMatchObject({ output: 30 });
    expect(entry!.costNanoUsd).toBeGreaterThan(0n);
    await expectSettled(tenant, entry!.costNanoUsd);
  },
);

test("what is sent names the caller for Bedrock's log, states the answer's limit and keeps all else", {
  timeout: timeoutMs,
}, async () => {
  const request = turn.request(turn.newTenant(), {
    wire: "openai.chat",
    body: {
      requestMetadata: { team: "blue" },
      inferenceConfig: { temperature: 0.3 },
      additionalModelRequestFields: { top_k: 5 },
      futureMember: { a: 1 },
    },
  });
  await run("whole", request);
  await run("stream", turn.request(turn.newTenant(), { body: { inferenceConfig: { maxTokens: 7 } } }));
  const [defaulted, asked] = turn.calls.slice(-2);
  expect(defaulted).toMatchObject({ invokeId: modelId });
  expect(defaulted?.body).toEqual({
    messages: request.operation.body.messages,
    inferenceConfig: { temperature: 0.3, maxTokens: 500 },
    additionalModelRequestFields: { top_k: 5 },
    futureMember: { a: 1 },
    requestMetadata: {
      team: "blue",
      caprock_tenant: request.caller.tenant.id,
      caprock_request: request.requestId,
      caprock_key: "k000000000001",
      caprock_app: "default",
      caprock_wire: "openai.chat",
    },
  });
  expect(asked?.body).toMatchObject({ inferenceConfig: { maxTokens: 7 } });
});

test("while a call runs its worst case is held, and it covers what the call then costs", {
  timeout: timeoutMs,
}, async () => {
  const tenant = turn.newTenant();
  const request = turn.request(tenant, { text: "[[tokens=500]]" });
  turn.awsLocal.gate.set(true);
  const answer = run("whole", request);
  await expect.poll(() => turn.awsLocal.gate.waiting, { timeout: pollMs }).toBe(1);
  const { requests, money } = await turn.accounts(tenant);
  expect(requests).toEqual([999n, 0n, 1n]);
  const held = money![2]!;
  expect(money).toEqual([cap - held, 0n, held]);
  turn.awsLocal.gate.set(false);
  await answer;
  const { costNanoUsd } = (await entryOf(request))!;
  expect(costNanoUsd <= held).toBe(true);
});

test.each([
  ["read in part", 1],
  ["never read", 0],
])(
  "a stream that is %s and then left ends the call at Bedrock and settles it as aborted",
  { timeout: timeoutMs },
  async (_, reads) => {
    const tenant = turn.newTenant();
    turn.awsLocal.setSpeed({ tokensPerSecond: 100 });
    const request = turn.request(tenant, { text: "[[tokens=400]]" });
    const { frames } = served(await runTurnStream(request, turn.parts));
    const iterator = frames[Symbol.asyncIterator]();
    for (let read = 0; read < reads; read += 1) {
      expect((await iterator.next()).done).toBe(false);
    }
    await iterator.return?.();
    const entry = await entryOf(request);
    expect(entry).toMatchObject({ status: "aborted", estimated: true });
    const { requests, money } = await turn.accounts(tenant);
    expect(requests).toEqual([999n, 1n, 0n]);
    const [available, settled, held] = money!;
    expect([available! + held!, settled]).toEqual([cap, 0n]);
    expect(held).toBeGreaterThanOrEqual(entry!.costNanoUsd);
    await expect
      .poll(() => turn.awsLocal.witness({ requestId: request.requestId }).invocations, { timeout: pollMs })
      .toMatchObject([{ status: "aborted" }]);
    turn.awsLocal.setSpeed({ tokensPerSecond: 0 });
  },
);

test("a stream that was read to its end is settled before its reader is told so", {
  timeout: timeoutMs,
}, async () => {
  const tenant = turn.newTenant();
  const request = turn.request(tenant);
  const { frames } = served(await runTurnStream(request, turn.parts));
  const iterator = frames[Symbol.asyncIterator]();
  while (!(await iterator.next()).done) {
    // Reads on.
  }
  const entry = await entryOf(request);
  await expectSettled(tenant, entry!.costNanoUsd);
  await iterator.return?.();
  await expectSettled(tenant, entry!.costNanoUsd);
});

test.each(["whole", "stream"] as const)(
  "a %s call that is aborted before any answer holds its worst case until the log tells",
  { timeout: timeoutMs },
  async (how) => {
    const tenant = turn.newTenant();
    const abort = new AbortController();
    const request = turn.request(tenant, { signal: abort.signal });
    turn.awsLocal.gate.set(true);
    const answer = run(how, request);
    await expect.poll(() => turn.awsLocal.gate.waiting, { timeout: pollMs }).toBe(1);
    const before = (await turn.accounts(tenant)).money!;
    abort.abort();
    await expect(answer).rejects.toBeInstanceOf(CaprockError);
    expect(await turn.accounts(tenant)).toEqual({ requests: [999n, 1n, 0n], money: before });
    expect(await entryOf(request)).toBeUndefined();
  },
);

test("a settlement that cannot be written costs the caller nothing: the answer is given, the operator told", {
  timeout: timeoutMs,
}, async () => {
  for (const how of ["whole", "stream"] as const) {
    const tenant = turn.newTenant();
    const request = turn.request(tenant);
    turn.awsLocal.addFault({ service: "dynamodb", kind: "error", operation: "PutItem", count: 50 });
    expect(await run(how, request)).toBeDefined();
    turn.awsLocal.clearFaults();
    expect(turn.settlementFailures).toContain(request.requestId);
    const [available, settled, held] = (await turn.accounts(tenant)).money!;
    expect([available! + held!, settled, held! > 0n]).toEqual([cap, 0n, true]);
  }
});

test("a call whose hold cannot be written is never made", { timeout: timeoutMs }, async () => {
  const request = turn.request(turn.newTenant());
  turn.awsLocal.addFault({ service: "dynamodb", kind: "error", operation: "UpdateItem", count: 50 });
  await expect(run("whole", request)).rejects.toThrow();
  turn.awsLocal.clearFaults();
  expect(turn.awsLocal.witness({ requestId: request.requestId }).totals.count).toBe(0);
});

/** Answers with a body that Bedrock should not send. */
class OddRuntime implements BedrockRuntime {
  private readonly body: JsonObject;

  constructor(body: JsonObject) {
    this.body = body;
  }

  converse() {
    return Promise.resolve({ body: this.body });
  }

  applyGuardrail(): Promise<never> {
    return Promise.reject(new Error("applies no guardrail"));
  }

  countTokens(): Promise<never> {
    return Promise.reject(new Error("does not count"));
  }

  invokeModel(): Promise<never> {
    return Promise.reject(new Error("only converses"));
  }

  invokeModelStream(): Promise<never> {
    return Promise.reject(new Error("only converses"));
  }

  async converseStream() {
    const frames: ConverseFrame[] = [{ type: "metadata", event: this.body, bytes: new Uint8Array() }];
    return (async function* () {
      yield frames;
    })();
  }
}

test.each(["whole", "stream"] as const)(
  "a %s answer without usage is a failure whose money stays set aside",
  { timeout: timeoutMs },
  async (how) => {
    const tenant = turn.newTenant();
    const request = turn.request(tenant);
    const bedrock = new OddRuntime({ output: {}, usage: { inputTokens: -1 } });
    await expect(run(how, request, { ...turn.parts, bedrock })).rejects.toMatchObject({
      problem: { code: "upstream_failed" },
    });
    const [available, settled, held] = (await turn.accounts(tenant)).money!;
    expect([available! + held!, settled, held! > 0n]).toEqual([cap, 0n, true]);
  },
);

test("the tier that served is the one that is billed", { timeout: timeoutMs }, async () => {
  const usage = { inputTokens: 1_000_000, outputTokens: 0 };
  const costs = await Promise.all(
    ["default", "flex"].map(async (served) => {
      const request = turn.request(turn.newTenant(), { modelId: "openai.gpt-oss-120b-1:0" });
      const bedrock = new OddRuntime({ usage, serviceTier: { type: served } });
      await run("whole", request, { ...turn.parts, bedrock });
      const entry = await entryOf(request);
      expect(entry).toMatchObject({ serviceTier: served });
      return entry!.costNanoUsd;
    }),
  );
  expect(costs[0]).toBe(2n * costs[1]!);
});

test.each<[string, { modelId?: string; body?: Record<string, unknown>; limits?: object }]>([
  ["model_not_found", { modelId: "vendor.unknown" }],
  ["model_not_found", { modelId: "amazon.titan-embed-text-v2:0" }],
  ["model_unpriced", { body: { serviceTier: { type: "reserved" } } }],
  // Bulk jobs have this price, and no call can ask for it; nor can a caller make up a tier.
  ["invalid_request", { body: { serviceTier: { type: "batch" } } }],
  ["unsupported_parameter", { body: { promptVariables: {} } }],
  ["invalid_request", { body: { inferenceConfig: { maxTokens: 10_000_000 } } }],
  ["budget_exceeded", { limits: { monthlyCapNanoUsd: 10n } }],
])(
  "a refusal with %s is returned, with nothing held and nothing asked of Bedrock",
  { timeout: timeoutMs },
  async (code, { limits, ...wanted }) => {
    const starts: ((request: TurnRequest, parts: TurnParts) => Promise<object>)[] = [runTurn, runTurnStream];
    for (const start of starts) {
      const tenant = turn.newTenant(limits);
      const request = turn.request(tenant, wanted);
      expect(await start(request, turn.parts)).toMatchObject({ refused: { code } });
      const { requests, money } = await turn.accounts(tenant);
      expect([requests?.[2] ?? 0n, money?.[2] ?? 0n]).toEqual([0n, 0n]);
      expect(turn.awsLocal.witness({ tenant: tenant.id })).toMatchObject({
        refused: 0,
        totals: { count: 0 },
      });
    }
  },
);

test("each call that is refused for want of a price is told of", { timeout: timeoutMs }, async () => {
  const before = turn.unpriced.length;
  const request = turn.request(turn.newTenant(), { body: { serviceTier: { type: "reserved" } } });
  await runTurn(request, turn.parts);
  await runTurnStream(request, turn.parts);
  const what = {
    modelId: "anthropic.claude-haiku-4-5-20251001-v1:0",
    serviceTier: "reserved",
    profile: "global",
  };
  expect(turn.unpriced.slice(before)).toEqual([what, what]);
});

/** Streams more text than was asked for, and never tells its usage. */
class RunawayRuntime implements BedrockRuntime {
  private readonly deltas: number;
  private readonly ends: boolean;

  constructor(deltas: number, ends: boolean) {
    this.deltas = deltas;
    this.ends = ends;
  }

  converse(): Promise<never> {
    return Promise.reject(new Error("only streams"));
  }

  applyGuardrail(): Promise<never> {
    return Promise.reject(new Error("applies no guardrail"));
  }

  countTokens(): Promise<never> {
    return Promise.reject(new Error("only streams"));
  }

  invokeModel(): Promise<never> {
    return Promise.reject(new Error("only streams"));
  }

  invokeModelStream(): Promise<never> {
    return Promise.reject(new Error("only converses"));
  }

  converseStream({ signal }: { readonly signal: AbortSignal }) {
    return Promise.resolve(this.frames(signal));
  }

  private async *frames(signal: AbortSignal): AsyncGenerator<readonly ConverseFrame[]> {
    const delta: JsonObject = { contentBlockIndex: 0, delta: { text: " river" } };
    for (let index = 0; index < this.deltas; index += 1) {
      yield [{ type: "contentBlockDelta", event: delta, bytes: new Uint8Array() }];
    }
    if (!this.ends) {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    }
  }
}

test("an estimate never passes what was held, however much was streamed", {
  timeout: timeoutMs,
}, async () => {
  const tenant = turn.newTenant();
  const request = turn.request(tenant, { body: { inferenceConfig: { maxTokens: 100 } } });
  const parts = { ...turn.parts, resolvesLater: false, bedrock: new RunawayRuntime(5_000, true) };
  await expect(run("stream", request, parts)).rejects.toBeInstanceOf(CaprockError);
  expect(await entryOf(request)).toMatchObject({ estimated: true, usage: { output: 100 } });
});

test("a stream whose reader has stopped reading is settled when its time is up, and its reader told", {
  timeout: timeoutMs,
}, async () => {
  const tenant = turn.newTenant();
  const request = turn.request(tenant);
  const parts = {
    ...turn.parts,
    holdTtlMs: 400,
    admission: turn.admission({ resolvesLater: false }),
    bedrock: new RunawayRuntime(5, false),
  };
  const { frames } = served(await runTurnStream(request, parts));
  const reader = frames[Symbol.asyncIterator]();
  await reader.next();
  await parts.running.idle();
  expect(await entryOf(request)).toMatchObject({ estimated: true });
  expect((await turn.accounts(tenant)).money?.[2]).toBe(0n);
  await expect(reader.next()).rejects.toMatchObject({ problem: { code: "upstream_timeout" } });
});

test("a call is not refused for what its prompt might count as: near a limit the model is asked to count it", {
  timeout: timeoutMs,
}, async () => {
  const text = "The river was quiet that morning and nobody spoke. ".repeat(200);
  const body = { inferenceConfig: { maxTokens: 10 } };
  const roomy = turn.newTenant();
  await run("whole", turn.request(roomy, { text, body }));
  const spent = (await turn.accounts(roomy)).money?.[1] ?? 0n;
  // Room for the call as it is and a little more, and less than half of what its bytes could come to.
  const tight = turn.newTenant({ monthlyCapNanoUsd: (spent * 3n) / 2n });
  await run("whole", turn.request(tight, { text, body }));
  expect((await turn.accounts(tight)).money?.slice(1)).toEqual([spent, 0n]);
  const short = turn.newTenant({ monthlyCapNanoUsd: spent / 2n });
  expect(await runTurn(turn.request(short, { text, body }), turn.parts)).toMatchObject({
    refused: { code: "budget_exceeded" },
  });
});
