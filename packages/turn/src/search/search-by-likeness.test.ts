import type { Tenant } from "@caprock/domain";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { embeddingPauses } from "../embedder.ts";
import { runTurn } from "../run-turn.ts";
import { type OpenTurn, openTurn } from "../testing/open-turn.ts";
import { runToEnd, served } from "../testing/run-to-end.ts";
import type { TurnParts } from "../turn-request.ts";
import { KeptVectors } from "./kept-vectors.ts";

let turn: OpenTurn;
beforeAll(async () => {
  turn = await openTurn();
});
beforeEach(() => {
  turn.embeddingFailures.length = 0;
  turn.awsLocal.clearFaults();
});
afterAll(() => turn.close());

/** After the first failure. */
const pauseMs = embeddingPauses.firstMs;
const titan = "amazon.titan-embed-text-v2:0";
const session = { sessionId: "chat-1", actorId: "ann" };
const policy = { windowTokens: 2_000, embeddingModel: titan };
const fact = "On Saturday we went to the shelter and came home with a puppy, Rex.";
/** No word of it is in the fact; the local model knows that "Hund" means the same. */
const question = "Wie heißt unser Hund?";
const filler = (place: number) => `Turn ${place}: ${"the kettle hums and the lamp is off. ".repeat(12)}`;

async function say(tenant: Tenant, text: string, parts: TurnParts = turn.parts) {
  await runToEnd("whole", turn.request(tenant, { text, session }), parts);
  await turn.idle();
}

/** One conversation for all tests, which forget what they asked: what a tenant's policy and limits are is the caller's word. */
let tenant: Tenant;
beforeAll(async () => {
  tenant = { ...turn.newTenant(), contextPolicy: policy };
  await say(tenant, fact);
  for (let place = 2; place <= 12; place++) {
    await say(tenant, filler(place));
  }
});

async function ask(asking: Tenant, parts: TurnParts = turn.parts, wanted = {}) {
  const asked = turn.request(asking, { text: question, session, ...wanted });
  const answer = served(await runTurn(asked, parts));
  await turn.idle();
  await turn.parts.sessions.deleteTurn({ tenantId: asking.id, ...session }, asked.requestId);
  const prompt = turn.calls
    .map(({ body }) => body as { requestMetadata?: Record<string, string> })
    .find(({ requestMetadata = {} }) => Object.values(requestMetadata).includes(asked.requestId));
  return { ...answer, prompt: JSON.stringify(prompt) };
}

const embeddings = () =>
  turn.awsLocal.witness({ tenant: tenant.id }).invocations.filter(({ modelId }) => modelId.includes("embed"));

/** Call by call; where no call is estimated or unresolved, to the token. */
async function expectLedgerToEqualWitness(): Promise<void> {
  const { invocations } = turn.awsLocal.witness({ tenant: tenant.id });
  for (const requestId of new Set(invocations.map(({ caprockRequest = "" }) => caprockRequest))) {
    const served = invocations.filter((one) => one.caprockRequest === requestId);
    const entry = await turn.ledger.find(tenant.id, requestId);
    expect(entry).toMatchObject({
      estimated: false,
      usage: {
        input: served.reduce((sum, { usage }) => sum + usage.input, 0),
        output: served.reduce((sum, { usage }) => sum + usage.output, 0),
      },
    });
  }
}

const withEmbeddings = (change: Partial<TurnParts["embeddings"]>): TurnParts => ({
  ...turn.parts,
  embeddings: { ...turn.parts.embeddings, ...change },
});

/** A deadline that comes when the test wants. */
function manualTimer() {
  const waiting = new Set<() => void>();
  const timer: TurnParts["embeddings"]["timer"] = (_, work) => {
    waiting.add(work);
    return () => waiting.delete(work);
  };
  return { timer, over: () => waiting.forEach((work) => void work()) };
}

test("what a question means is found where none of its words is, and what that cost is the tenant's", async () => {
  const found = await ask(tenant);
  expect(found.prompt).toContain("Rex");
  expect(found.likeness).toMatchObject({ modelId: titan, outcome: "fused" });
  expect(found.likeness?.messages).toBeGreaterThan(10);
  expect(found.context?.promptTokens).toBeLessThanOrEqual(2_000);
  const before = embeddings().length;
  const missed = await ask({ ...tenant, contextPolicy: { windowTokens: 2_000 } });
  expect(missed.prompt).not.toContain("Rex");
  expect(missed.likeness).toBeUndefined();
  expect(embeddings()).toHaveLength(before);
  await expectLedgerToEqualWitness();
});

test("a question is not embedded where all is sent, nor with the strategy that searches nothing", async () => {
  const before = embeddings().length;
  const roomy = await ask({ ...tenant, contextPolicy: { embeddingModel: titan } });
  expect(roomy.likeness).toBeUndefined();
  expect(roomy.prompt).toContain("Rex");
  const newest = await ask(tenant, turn.parts, { contextPolicy: { strategy: "window" } });
  expect(newest.likeness).toBeUndefined();
  expect(embeddings()).toHaveLength(before);
});

test.each([
  ["throttled", { kind: "throttle" }],
  ["broken", { kind: "error" }],
  ["away", { kind: "unavailable" }],
] as const)("a model that is %s leaves the search to words, and the turn is served", async (_, fault) => {
  turn.awsLocal.addFault({ service: "bedrock", operation: "InvokeModel", count: 1, ...fault });
  const { likeness, prompt } = await ask(tenant);
  expect(likeness).toEqual({ modelId: titan, outcome: "failed", messages: 0 });
  expect(prompt).not.toContain("Rex");
  expect(turn.embeddingFailures).toHaveLength(1);
  turn.clock.advance(pauseMs);
  expect((await ask(tenant)).likeness?.outcome).toBe("fused");
});

test("a model that goes on failing is asked less and less, by nobody meanwhile, and by each turn again once it answers", async () => {
  turn.awsLocal.addFault({ service: "bedrock", operation: "InvokeModel", kind: "unavailable", count: 99 });
  const outcomes: (string | undefined)[] = [];
  for (let second = 0; second < 8; second++) {
    outcomes.push((await ask(tenant)).likeness?.outcome);
    turn.clock.advance(1_000);
  }
  const paused = "paused";
  expect(outcomes).toEqual(["failed", "failed", paused, "failed", paused, paused, paused, "failed"]);
  expect(turn.embeddingFailures).toHaveLength(4);
  turn.awsLocal.clearFaults();
  expect((await ask(tenant)).likeness?.outcome).toBe(paused);
  turn.clock.advance(8_000);
  expect((await ask(tenant)).likeness?.outcome).toBe("fused");
  turn.awsLocal.addFault({ service: "bedrock", operation: "InvokeModel", kind: "unavailable" });
  expect((await ask(tenant)).likeness?.outcome).toBe("failed");
  turn.clock.advance(pauseMs);
  expect((await ask(tenant)).likeness?.outcome).toBe("fused");
  await expectLedgerToEqualWitness();
});

test("a question that the model refuses as invalid keeps no other from being asked", async () => {
  turn.awsLocal.addFault({
    service: "bedrock",
    operation: "InvokeModel",
    kind: "error",
    name: "ValidationException",
  });
  expect((await ask(tenant)).likeness?.outcome).toBe("failed");
  expect((await ask(tenant)).likeness?.outcome).toBe("fused");
});

test("a model that is late is not waited for, and what it served is settled exactly all the same", async () => {
  const timer = manualTimer();
  const before = embeddings().length;
  turn.awsLocal.gate.set(true);
  const asked = ask(tenant, withEmbeddings({ timer: timer.timer }));
  await vi.waitFor(() => expect(turn.awsLocal.gate.waiting).toBe(1));
  timer.over();
  turn.awsLocal.gate.set(false);
  const { likeness, prompt } = await asked;
  expect(likeness).toEqual({ modelId: titan, outcome: "late", messages: 0 });
  expect(prompt).not.toContain("Rex");
  expect(embeddings()).toHaveLength(before + 1);
  expect((await ask(tenant)).likeness?.outcome).toBe("paused");
  turn.clock.advance(pauseMs);
  expect((await ask(tenant)).likeness?.outcome).toBe("fused");
  await expectLedgerToEqualWitness();
});

test("a store that is late is not the model's fault, which is then not asked for what nobody waits for", async () => {
  const atOnce: TurnParts["embeddings"]["timer"] = (_, work) => {
    work();
    return () => {};
  };
  const before = embeddings().length;
  expect((await ask(tenant, withEmbeddings({ timer: atOnce }))).likeness?.outcome).toBe("late");
  expect(embeddings()).toHaveLength(before);
  expect((await ask(tenant)).likeness?.outcome).toBe("fused");
});

test("a turn has what is left of a limit before its own embedding, which goes without", async () => {
  const used = (await turn.accounts(tenant)).requests?.[1] ?? 0n;
  const before = embeddings().length;
  const limits = { ...tenant.limits, requestsPerMinute: Number(used) + 1, version: 2 };
  const { likeness } = await ask({ ...tenant, limits });
  expect(likeness).toMatchObject({ outcome: "refused" });
  expect(embeddings()).toHaveLength(before);
  const opened = { ...tenant, limits: { ...tenant.limits, version: 3 } };
  tenant = opened;
  expect((await ask(tenant)).likeness?.outcome).toBe("fused");
  await expectLedgerToEqualWitness();
});

test("vectors of another model are never compared with, and a store that fails leaves the search to words", async () => {
  const cohere = { ...tenant, contextPolicy: { ...policy, embeddingModel: "cohere.embed-v4:0" } };
  expect((await ask(cohere)).likeness).toEqual({
    modelId: "cohere.embed-v4:0",
    outcome: "none_kept",
    messages: 0,
  });
  const between = () => Promise.reject(new Error("no store"));
  const store = Object.assign(Object.create(turn.parts.embeddings.vectors), { between });
  const kept = new KeptVectors({ store, mostBytes: 1_000, idleMs: 60_000 });
  expect((await ask(tenant, withEmbeddings({ kept }))).likeness?.outcome).toBe("failed");
});

test("a request names an embedding model where its tenant names none", async () => {
  const plain = { ...tenant, contextPolicy: { windowTokens: 2_000 } };
  const wanted = { session, contextPolicy: { embeddingModel: titan } };
  expect((await ask(plain, turn.parts, wanted)).likeness?.outcome).toBe("fused");
});
