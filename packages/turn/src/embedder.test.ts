import { CaprockError, ManualClock, refusal } from "@caprock/domain";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AskEmbedding, embedderFor, embeddingPauses } from "./embedder.ts";
import { GrowingPauses } from "./growing-pauses.ts";
import { type OpenTurn, openTurn } from "./testing/open-turn.ts";

const embeddingModel = "amazon.titan-embed-text-v2:0";
const down = new CaprockError({ code: "upstream_unavailable", message: "away" });
const invalid = new CaprockError({ code: "upstream_rejected", message: "no" });

let turn: OpenTurn;
let pauses: GrowingPauses;
let clock: ManualClock;
beforeAll(async () => {
  turn = await openTurn();
});
beforeEach(() => {
  clock = new ManualClock(0);
  pauses = new GrowingPauses(clock, embeddingPauses);
});
afterAll(() => turn.close());

/** An embedder of a tenant of its own, whose calls do what the test says. */
function open(ask: AskEmbedding) {
  const tenant = { ...turn.newTenant(), contextPolicy: { embeddingModel } };
  const parts = { ...turn.parts, embeddings: { pauses } };
  const embedder = embedderFor(turn.request(tenant), ask, parts);
  if (!embedder) {
    throw new Error("The catalog has no such model.");
  }
  return embedder;
}

const failing = (error: Error) => open(() => Promise.reject(error));

test("a model that fails is left alone: by this tenant, for this purpose, until the pause is over", async () => {
  const [embedder, other] = [failing(down), failing(down)];
  await expect(embedder.embed(["a"], "query")).rejects.toBe(down);
  expect([embedder.isPaused("query"), embedder.isPaused("document")]).toEqual([true, false]);
  expect(other.isPaused("query")).toBe(false);
  clock.advance(embeddingPauses.firstMs);
  expect(embedder.isPaused("query")).toBe(false);
});

test("what the model refused as invalid, and what a limit refused, tells nothing of the next", async () => {
  const rejected = failing(invalid);
  await expect(rejected.embed(["a"], "query")).rejects.toBe(invalid);
  expect(rejected.isPaused("query")).toBe(false);
  const problem = { code: "budget_exceeded", message: "no money" } as const;
  const refused = open(async () => refusal(problem));
  expect(await refused.embed(["a"], "query")).toEqual(refusal(problem));
  expect(refused.isPaused("query")).toBe(false);
});

test("a call that nobody waits for any more is a failure when it is late, also if it is answered or fails later", async () => {
  for (const later of ["answers", "fails"]) {
    const overdue = new AbortController();
    let end = () => {};
    const gate = new Promise<void>((resolve) => {
      end = resolve;
    });
    const embedder = open(async () => {
      await gate;
      if (later === "fails") {
        throw down;
      }
      return refusal({ code: "rate_limited", message: "later" });
    });
    const embedded = embedder.embed(["a"], "query", overdue.signal).catch(() => undefined);
    expect(embedder.isPaused("query")).toBe(false);
    overdue.abort();
    expect(embedder.isPaused("query")).toBe(true);
    end();
    await embedded;
    clock.advance(embeddingPauses.firstMs);
    expect(embedder.isPaused("query")).toBe(false);
  }
});
