import { BedrockFault, type InvokeAnswer, type InvokeCall, type InvokeStream } from "@caprock/inference";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runTurn, runTurnStream } from "../run-turn.ts";
import { type OpenTurn, openTurn } from "../testing/open-turn.ts";
import { served } from "../testing/run-to-end.ts";
import type { TurnParts, TurnRequest } from "../turn-request.ts";
import { drawing } from "./drawing.ts";
import { embedding } from "./embedding.ts";
import { invocation } from "./invocation.ts";

const timeoutMs = 60_000;
const cap = 10_000_000_000n;
const claude = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const titan = "amazon.titan-embed-text-v2:0";
let turn: OpenTurn;

beforeAll(async () => {
  turn = await openTurn();
}, timeoutMs);
afterAll(() => turn.close());

/** Answers as it is told to, and keeps what it was asked. */
class ScriptedRuntime {
  readonly calls: InvokeCall[] = [];
  private readonly answer: (call: InvokeCall, index: number) => InvokeAnswer | BedrockFault;

  constructor(answer: (call: InvokeCall, index: number) => InvokeAnswer | BedrockFault) {
    this.answer = answer;
  }

  invokeModel(call: InvokeCall): Promise<InvokeAnswer> {
    this.calls.push(call);
    const answer = this.answer(call, this.calls.length - 1);
    return answer instanceof BedrockFault ? Promise.reject(answer) : Promise.resolve(answer);
  }

  /** The whole answer as one chunk. */
  async invokeModelStream(call: InvokeCall): Promise<InvokeStream> {
    const { headers, body } = await this.invokeModel(call);
    const chunk = { type: "chunk", event: { bytes: Buffer.from(body).toString("base64") }, bytes: body };
    const frames = (async function* () {
      yield [chunk];
    })();
    return { headers, frames };
  }

  converse = () => Promise.reject(new Error("only invokes"));
  converseStream = () => Promise.reject(new Error("only invokes"));
  countTokens = () => Promise.reject(new Error("only invokes"));
  applyGuardrail = () => Promise.reject(new Error("only invokes"));
}

const counts = (input: number, output = 0) => ({
  "x-amzn-bedrock-input-token-count": String(input),
  "x-amzn-bedrock-output-token-count": String(output),
});
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

function asked<Answer, Frame>(
  operation: TurnRequest<Answer, Frame>["operation"],
  modelId: string,
  limits: Parameters<OpenTurn["newTenant"]>[0] = {},
): TurnRequest<Answer, Frame> {
  const { operation: _, ...request } = turn.request(turn.newTenant(limits), { modelId });
  return { ...request, operation };
}

function invoking(text: string) {
  return invocation({
    bytes: Buffer.from(text),
    body: JSON.parse(text),
    headers: { "content-type": "application/json" },
    serviceTier: "default",
    requestMetadata: { team: "blü" },
  });
}

const withRuntime = (bedrock: TurnParts["bedrock"]): TurnParts => ({ ...turn.parts, bedrock });
const entryOf = ({ requestId, caller }: TurnRequest<unknown, unknown>) =>
  turn.ledger.find(caller.tenant.id, requestId);

test("whatever a body holds, it is sent byte for byte, and the answer is given byte for byte", {
  timeout: timeoutMs,
}, async () => {
  const answer = Buffer.from('{ "odd":1.0,"é":"\\u00e9",\n"odd2": [ ] }');
  const bedrock = new ScriptedRuntime(() => ({
    headers: { ...counts(3, 4), "x-amzn-bedrock-new": "kept" },
    body: answer,
  }));
  const unknown = fc.dictionary(
    fc.string().map((name) => `future_${name}`),
    fc.jsonValue({ maxDepth: 3 }),
  );
  await fc.assert(
    fc.asyncProperty(unknown, fc.nat({ max: 3 }), async (more, indent) => {
      const text = JSON.stringify(
        { max_tokens: 9, messages: [{ role: "user", content: "Hi" }], ...more },
        null,
        indent,
      );
      const request = asked(invoking(text), claude);
      const result = served(await runTurn(request, withRuntime(bedrock)));
      const sent = bedrock.calls.at(-1)!;
      expect(Buffer.from(sent.body).toString()).toBe(text);
      expect(result.answer.body).toBe(answer);
      expect(result.answer.headers).toMatchObject({ "x-amzn-bedrock-new": "kept" });
    }),
    { numRuns: 20 },
  );
  const header = bedrock.calls.at(-1)!.headers["x-amzn-bedrock-request-metadata"]!;
  expect(header).toMatch(/^[\x20-\x7e]+$/);
  expect(JSON.parse(header)).toMatchObject({ team: "blü", caprock_wire: "test" });
});

test("while an invocation runs its worst case is held, and a body above the budget is refused and not asked elsewhere", {
  timeout: timeoutMs,
}, async () => {
  const text = JSON.stringify({ max_tokens: 60_000, messages: [{ role: "user", content: "Hi" }] });
  const request = asked(invoking(text), claude, {
    monthlyCapNanoUsd: 1_000_000n,
    overBudget: { kind: "fall-back", modelId: "amazon.nova-micro-v1:0" },
  });
  const bedrock = new ScriptedRuntime(() => ({ headers: counts(1, 1), body: json({}) }));
  expect(await runTurn(request, withRuntime(bedrock))).toMatchObject({
    refused: { code: "budget_exceeded" },
  });
  expect(await runTurnStream(request, withRuntime(bedrock))).toMatchObject({
    refused: { code: "budget_exceeded" },
  });
  expect(bedrock.calls).toEqual([]);
});

test.each(["whole", "stream"] as const)(
  "a %s answer without usage is given, and settled by an estimate that stays held for",
  {
    timeout: timeoutMs,
  },
  async (how) => {
    const text = JSON.stringify({ max_tokens: 60, messages: [{ role: "user", content: "Hi there" }] });
    const request = asked(invoking(text), claude);
    const bedrock = new ScriptedRuntime(() => ({
      headers: {},
      body: json({ content: [{ text: "Well then." }] }),
    }));
    if (how === "whole") {
      served(await runTurn(request, withRuntime(bedrock)));
    } else {
      for await (const batch of served(await runTurnStream(request, withRuntime(bedrock))).frames) {
        expect(batch).toHaveLength(1);
      }
    }
    const entry = await entryOf(request);
    expect(entry).toMatchObject({ status: "completed", estimated: true });
    expect(entry?.usage.input).toBeGreaterThan(0);
    expect(entry?.usage.output).toBeGreaterThan(0);
    const [available, settled, held] = (await turn.accounts(request.caller.tenant)).money!;
    expect([available! + held!, settled]).toEqual([cap, 0n]);
    expect(held).toBeGreaterThanOrEqual(entry!.costNanoUsd);
  },
);

const texts = ["one", "two", "three", "four"];
const fault = (mayHaveRun: "never" | "perhaps") => new BedrockFault("Odd", "It failed.", { mayHaveRun });
const vector = { embedding: [1, 0] };

test("texts that take several calls are one call of their tenant: one hold, one request, one entry with their sum", {
  timeout: timeoutMs,
}, async () => {
  const request = asked(embedding({ texts, dimensions: 256 }), titan);
  const bedrock = new ScriptedRuntime((_, index) => ({ headers: counts(index + 1), body: json(vector) }));
  const { answer } = served(await runTurn(request, withRuntime(bedrock)));
  expect(answer).toEqual({ vectors: texts.map(() => [1, 0]), promptTokens: 10 });
  expect(await entryOf(request)).toMatchObject({
    usage: { input: 10 },
    status: "completed",
    estimated: false,
  });
  expect((await turn.accounts(request.caller.tenant)).requests).toEqual([999n, 1n, 0n]);
  const ids = bedrock.calls.map(
    ({ headers }) => JSON.parse(headers["x-amzn-bedrock-request-metadata"]!).caprock_request,
  );
  expect(ids).toEqual(texts.map(() => request.requestId));
});

test.each([
  ["never", { estimated: false, usage: { input: 6 }, status: "failed" }],
  ["perhaps", { estimated: true, status: "failed" }],
] as const)(
  "when one call of several %s ran, those that told are paid exactly",
  { timeout: timeoutMs },
  async (mayHaveRun, expected) => {
    const request = asked(embedding({ texts, dimensions: undefined }), titan);
    const bedrock = new ScriptedRuntime((_, index) =>
      index === 1 ? fault(mayHaveRun) : { headers: counts(2), body: json(vector) },
    );
    await expect(runTurn(request, withRuntime(bedrock))).rejects.toMatchObject({
      problem: { code: "upstream_failed" },
    });
    const entry = await entryOf(request);
    expect(entry).toMatchObject(expected);
    expect(entry?.usage.input).toBeGreaterThanOrEqual(6);
  },
);

test("when one call of several was turned away first and another perhaps ran, what was held stays held", {
  timeout: timeoutMs,
}, async () => {
  const request = asked(embedding({ texts, dimensions: undefined }), titan);
  const bedrock = new ScriptedRuntime((_, index) => fault(index === 0 ? "never" : "perhaps"));
  await expect(runTurn(request, withRuntime(bedrock))).rejects.toMatchObject({
    problem: { code: "upstream_failed" },
  });
  expect(await entryOf(request)).toBeUndefined();
  expect((await turn.accounts(request.caller.tenant)).money?.[2]).toBeGreaterThan(0n);
});

test("each image is held for before it is drawn, and only those that were drawn are paid", {
  timeout: timeoutMs,
}, async () => {
  const ask = { prompt: "A river", count: 3, aspectRatio: "16:9", outputFormat: undefined };
  const request = asked(drawing(ask), "stability.stable-image-core-v1:1");
  const bedrock = new ScriptedRuntime((_, index) => ({
    headers: {},
    body: json(index === 1 ? { finish_reasons: ["Filter reason: output image"] } : { images: ["aGk="] }),
  }));
  const { answer } = served(await runTurn(request, withRuntime(bedrock)));
  expect(answer).toEqual({ images: ["aGk=", "aGk="], filtered: ["Filter reason: output image"] });
  expect(await entryOf(request)).toMatchObject({
    costNanoUsd: 80_000_000n,
    unitLines: [{ unit: "image", count: 2 }],
  });
  const sent = bedrock.calls.map(({ body, headers }) => [
    JSON.parse(Buffer.from(body).toString()),
    JSON.parse(headers["x-amzn-bedrock-request-metadata"]!).caprock_units,
  ]);
  expect(sent).toEqual(Array(3).fill([{ prompt: "A river", aspect_ratio: "16:9" }, "image=1"]));
  const poor = asked(drawing(ask), "stability.stable-image-core-v1:1", { monthlyCapNanoUsd: 119_999_999n });
  expect(await runTurn(poor, withRuntime(bedrock))).toMatchObject({ refused: { code: "budget_exceeded" } });
});

test.each([
  ["a chat model embeds nothing", embedding({ texts, dimensions: undefined }), claude],
  [
    "an embedding model draws nothing",
    drawing({ prompt: "A", count: 1, aspectRatio: undefined, outputFormat: undefined }),
    titan,
  ],
])("%s", { timeout: timeoutMs }, async (_, operation, modelId) => {
  const request = asked<unknown, unknown>(operation, modelId);
  expect(await runTurn(request, turn.parts)).toMatchObject({ refused: { code: "model_not_found" } });
});
