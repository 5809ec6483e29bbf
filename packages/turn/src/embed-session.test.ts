import { requestArrivalMs, type Tenant } from "@caprock/domain";
import { forgetMemory, type SessionKey, type VectorStore } from "@caprock/memory";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { embeddingPauses } from "./embedder.ts";
import { runTurn } from "./run-turn.ts";
import { type OpenTurn, openTurn } from "./testing/open-turn.ts";
import { runToEnd } from "./testing/run-to-end.ts";
import type { TurnParts } from "./turn-request.ts";

let turn: OpenTurn;
beforeAll(async () => {
  turn = await openTurn();
});
beforeEach(() => {
  turn.embeddingFailures.length = 0;
  turn.awsLocal.clearFaults();
});
afterAll(() => turn.close());

const [titan, cohere] = ["amazon.titan-embed-text-v2:0", "cohere.embed-v4:0"];
const session = { sessionId: "chat-1", actorId: "ann" };
const newTenant = (
  embeddingModel: string | undefined = titan,
  limits?: Partial<Tenant["limits"]>,
): Tenant => ({
  ...turn.newTenant(limits),
  contextPolicy: { windowTokens: 2_000, embeddingModel },
});
const keyOf = ({ id }: Tenant): SessionKey => ({ tenantId: id, ...session });
const long = (place: number) => `Turn ${place}: ${"the kettle hums and the lamp is off. ".repeat(12)}`;

async function placeOf(tenant: Tenant) {
  const key = keyOf(tenant);
  return { ...key, incarnation: (await turn.parts.sessions.incarnationOf(key)) ?? "" };
}

async function vectorsOf(tenant: Tenant) {
  return turn.parts.embeddings.vectors.between(await placeOf(tenant), 1, 999);
}

async function say(
  tenant: Tenant,
  text: string,
  how: "whole" | "stream" = "whole",
  parts: TurnParts = turn.parts,
) {
  await runToEnd(how, turn.request(tenant, { text, session }), parts);
  await turn.idle();
}

async function sayMany(tenant: Tenant, from: number, through: number, how?: "whole" | "stream") {
  for (let place = from; place <= through; place++) {
    await say(tenant, long(place), how);
  }
}

/** What the local model served a tenant's embeddings, by its own count. */
const witnessed = ({ id }: Tenant) =>
  turn.awsLocal.witness({ tenant: id }).invocations.filter(({ modelId }) => modelId.includes("embed"));

async function receiptsOf(tenant: Tenant) {
  const ids = [...new Set(witnessed(tenant).map(({ caprockRequest }) => caprockRequest ?? ""))];
  return Promise.all(ids.map((id) => turn.ledger.find(tenant.id, id)));
}

test("a chat that fits its window embeds nothing", async () => {
  const tenant = newTenant();
  await say(tenant, "Hello");
  await say(tenant, "Again");
  expect(witnessed(tenant)).toEqual([]);
  expect(await vectorsOf(tenant)).toEqual([]);
});

test.each([
  [titan, "whole"],
  [cohere, "stream"],
] as const)(
  "by %s, what leaves the window of a %s chat has its vectors by then, each turn once, and each call is a receipt",
  async (model, how) => {
    const tenant = newTenant(model);
    await sayMany(tenant, 1, 12, how);
    expect(turn.embeddingFailures).toEqual([]);
    const kept = await vectorsOf(tenant);
    expect(kept.map(({ sequence }) => sequence)).toEqual(kept.map((_, index) => index + 1));
    expect(kept.length).toBeGreaterThan(6);
    for (const { modelId, vectors } of kept) {
      expect(modelId).toBe(model);
      expect(vectors.map(({ message }) => message)).toEqual([0, 1]);
      expect(vectors.every(({ values }) => values.length === 1_024)).toBe(true);
    }
    const receipts = await receiptsOf(tenant);
    expect(receipts.every((entry) => entry?.wire === "caprock.embedding" && !entry.estimated)).toBe(true);
    expect(receipts.map((entry) => entry?.arrivedAtMs)).toEqual(
      receipts.map((entry) => requestArrivalMs(entry?.requestId ?? "")),
    );
    await expectLedgerToEqualWitness(tenant);
  },
);

/** Another process's parts, of whose vector store some methods are not as they should be. */
function partsWith(change: Partial<VectorStore>): TurnParts {
  const { vectors } = turn.parts.embeddings;
  const store: VectorStore = {
    keep: (place, made) => vectors.keep(place, made),
    lastSequence: (place) => vectors.lastSequence(place),
    between: (place, first, last) => vectors.between(place, first, last),
    delete: (tenantId, scope) => vectors.delete(tenantId, scope),
    stored: (tenantId, scope) => vectors.stored(tenantId, scope),
    ...change,
  };
  return { ...turn.parts, embeddings: { ...turn.parts.embeddings, vectors: store } };
}

async function expectLedgerToEqualWitness(tenant: Tenant): Promise<void> {
  const receipts = await receiptsOf(tenant);
  const billed = receipts.reduce((sum, entry) => sum + (entry?.usage.input ?? 0), 0);
  expect(billed).toBe(witnessed(tenant).reduce((sum, { usage }) => sum + usage.input, 0));
}

test("a process that has not seen what another kept pays for its own, and what was kept first stands", async () => {
  const tenant = newTenant();
  await sayMany(tenant, 1, 5);
  const kept = await vectorsOf(tenant);
  expect(kept.length).toBeGreaterThan(0);
  const before = witnessed(tenant).length;
  const other = { ...tenant, contextPolicy: { ...tenant.contextPolicy, embeddingModel: cohere } };
  await say(other, long(6), "whole", partsWith({ lastSequence: async () => 0 }));
  expect(witnessed(tenant).length).toBeGreaterThan(before);
  expect((await vectorsOf(tenant)).slice(0, kept.length)).toEqual(kept);
  await expectLedgerToEqualWitness(tenant);
});

test("another model embeds new turns alone", async () => {
  const tenant = newTenant();
  await sayMany(tenant, 1, 5);
  const kept = await vectorsOf(tenant);
  const other = { ...tenant, contextPolicy: { ...tenant.contextPolicy, embeddingModel: cohere } };
  await sayMany(other, 6, 10);
  const all = await vectorsOf(tenant);
  expect(all.slice(0, kept.length)).toEqual(kept);
  expect(new Set(all.slice(kept.length).map(({ modelId }) => modelId))).toEqual(new Set([cohere]));
});

test("a process that dies after it kept some of what it paid for has the rest embedded by the next", async () => {
  const tenant = newTenant(cohere);
  let keeps = 0;
  const { vectors } = turn.parts.embeddings;
  const dying = partsWith({
    keep: (place, made) => (++keeps > 1 ? Promise.reject(new Error("killed")) : vectors.keep(place, made)),
  });
  for (let place = 1; keeps < 2; place++) {
    await say(tenant, long(place), "whole", dying);
  }
  expect(await vectorsOf(tenant)).toHaveLength(1);
  expect(turn.embeddingFailures).toHaveLength(1);
  await sayMany(tenant, 7, 12);
  const sequences = (await vectorsOf(tenant)).map(({ sequence }) => sequence);
  expect(sequences).toEqual(sequences.map((_, index) => index + 1));
  await expectLedgerToEqualWitness(tenant);
});

test.each(["turn", "session"] as const)(
  "what is made of a %s that is forgotten meanwhile is not kept",
  async (kind) => {
    const tenant = newTenant(cohere);
    const { vectors } = turn.parts.embeddings;
    let forgotten: string | undefined;
    const late = partsWith({
      // The answer of the model is there when someone forgets, and kept after that.
      async keep(place, made) {
        if (forgotten === undefined) {
          forgotten = made.turnId;
          const scope = { kind, ...session, turnId: made.turnId };
          const parts = { sessions: turn.parts.sessions, vectors, longTerm: undefined };
          expect(await forgetMemory(tenant.id, scope, parts)).toMatchObject({ isComplete: true });
        }
        return vectors.keep(place, made);
      },
    });
    for (let place = 1; forgotten === undefined; place++) {
      await say(tenant, long(place), "whole", late);
    }
    const left = await vectors.stored(tenant.id, { kind: "turn", ...session, turnId: forgotten });
    expect(left).toBe(0);
    const others = await vectors.stored(tenant.id, { kind: "tenant" });
    expect(others > 0).toBe(kind === "turn");
  },
);

test("turns that the embedding model fails are served, and embedded when it is over", async () => {
  const tenant = newTenant();
  turn.awsLocal.addFault({ service: "bedrock", operation: "InvokeModel", kind: "throttle", count: 99 });
  await sayMany(tenant, 1, 5);
  expect(await vectorsOf(tenant)).toEqual([]);
  // Of all these turns one asked: the others came while the model was left alone.
  expect(turn.embeddingFailures).toHaveLength(1);
  turn.awsLocal.clearFaults();
  turn.clock.advance(embeddingPauses.firstMs);
  await sayMany(tenant, 6, 6);
  expect(await vectorsOf(tenant)).toHaveLength(6);
  expect(await turn.parts.sessions.turnsAfter(keyOf(tenant), 0, 99)).toHaveLength(6);
});

test("a turn that says nothing in words is passed over, and those around it are kept", async () => {
  const tenant = newTenant(cohere);
  const { sessions } = turn.parts;
  await sayMany(tenant, 1, 1);
  const claim = await sessions.claim(keyOf(tenant), `${tenant.id}.silent`, turn.clock.now() + 60_000);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  await sessions.append(claim, [
    { role: "user", content: [{ toolResult: { toolUseId: "t1", content: [{ json: { on: true } }] } }] },
    { role: "assistant", content: [{ toolUse: { toolUseId: "t2", name: "lamp", input: {} } }] },
  ]);
  await sayMany(tenant, 3, 3);
  expect((await vectorsOf(tenant)).map(({ sequence }) => sequence)).toEqual([1, 3]);
});

test("a long text is embedded by its beginning, and counts as that", async () => {
  const tenant = newTenant(cohere);
  const request = (content: object[]) =>
    turn.request(tenant, { body: { messages: [{ role: "user", content }] }, session });
  await runTurn(request([{ text: "é".repeat(20_000) }]), turn.parts);
  await turn.idle();
  expect(turn.embeddingFailures).toEqual([]);
  expect((await vectorsOf(tenant))[0]?.vectors.map(({ message }) => message)).toEqual([0, 1]);
  // The local model counts every such letter as a token.
  expect(witnessed(tenant)[0]?.usage.input).toBeLessThan(5_000);
});
