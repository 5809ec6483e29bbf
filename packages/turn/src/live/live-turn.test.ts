import type { JsonObject } from "@caprock/inference";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type OpenTurn, openTurn } from "../testing/open-turn.ts";
import { followLiveTurn } from "./follow-live-turn.ts";
import type { LiveTurnEnding, LiveTurnStore } from "./live-turn-store.ts";
import { type LiveTurnParts, type LiveTurnReader, leaseMs, runLiveTurn } from "./run-live-turn.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };
const resumeWindowMs = 10_000;
let turn: OpenTurn;
let names = 0;

beforeAll(async () => {
  turn = await openTurn();
}, timeoutMs);
beforeEach(() => {
  turn.awsLocal.setSpeed({ tokensPerSecond: 0 });
});
afterAll(() => turn.close());

/** Keeps what it is told, until it is to be gone. */
class Reader implements LiveTurnReader {
  readonly told: JsonObject[] = [];
  ending: LiveTurnEnding | undefined;
  cursor = 0;
  private readonly goneAfter: number;

  constructor(goneAfter = Number.POSITIVE_INFINITY) {
    this.goneAfter = goneAfter;
  }

  async events(events: readonly JsonObject[], cursor: number): Promise<boolean> {
    if (this.told.length >= this.goneAfter) {
      return false;
    }
    this.told.push(...events);
    this.cursor = cursor;
    return true;
  }

  async ended(ending: LiveTurnEnding, cursor: number): Promise<boolean> {
    this.ending = ending;
    this.cursor = cursor;
    return true;
  }
}

/** A pause lets time pass, and others work. */
const parts = (store: LiveTurnStore = turn.liveTurns): LiveTurnParts & { failures: unknown[] } => {
  const failures: unknown[] = [];
  return {
    turn: turn.parts,
    store,
    clock: turn.clock,
    pause: async (durationMs) => {
      turn.clock.advance(durationMs);
      await new Promise((resolve) => setTimeout(resolve, 1));
    },
    resumeWindowMs,
    problemOf: () => ({ code: "internal_error", message: "unforeseen" }),
    onKeepFailure: (_, error) => failures.push(error),
    failures,
  };
};

async function begin(text: string) {
  names += 1;
  const name = `turn-${names}`;
  const tenant = turn.newTenant();
  const request = turn.request(tenant, { text });
  const { requestId } = request;
  const leaseUntilMs = turn.clock.now() + leaseMs;
  await turn.liveTurns.begin({ tenantId: tenant.id, name, requestId, bodySha256: "a", leaseUntilMs });
  return { name, request, tenantId: tenant.id };
}

test(
  "what the reader was told is what a follower reads, from any cursor on, and it ends in the same way",
  timeout,
  async () => {
    const { name, request, tenantId } = await begin("[[tokens=40]]");
    const reader = new Reader();
    await runLiveTurn(name, request, reader, parts());
    expect(reader.ending).toEqual({ how: "completed" });
    expect(reader.told.at(-1)).toHaveProperty("metadata");
    for (const cursor of [0, 7, reader.told.length]) {
      const follower = new Reader();
      expect(await followLiveTurn(tenantId, name, cursor, follower, parts())).toBe(true);
      expect(follower.told).toEqual(reader.told.slice(cursor));
      expect(follower).toMatchObject({ ending: { how: "completed" }, cursor: reader.cursor });
    }
  },
);

test("a turn whose reader is gone goes on while it is followed, and to its end", timeout, async () => {
  const { name, request, tenantId } = await begin("[[tokens=60]]");
  turn.awsLocal.setSpeed({ tokensPerSecond: 400 });
  const follower = new Reader();
  const [running] = [runLiveTurn(name, request, new Reader(3), parts())];
  await followLiveTurn(tenantId, name, 0, follower, parts());
  await running;
  expect(follower.ending).toEqual({ how: "completed" });
  expect(follower.told.at(-1)).toHaveProperty("metadata");
});

test(
  "a turn whose reader is gone and whom nobody follows is ended after its window, and billed",
  timeout,
  async () => {
    const { name, request, tenantId } = await begin("[[tokens=5000]]");
    turn.awsLocal.setSpeed({ tokensPerSecond: 200 });
    await runLiveTurn(name, request, new Reader(1), parts());
    expect((await turn.liveTurns.read(tenantId, name))?.ending).toEqual({ how: "cancelled" });
    expect(await turn.ledger.find(tenantId, request.requestId)).toMatchObject({ status: "aborted" });
  },
);

test("a turn that is refused tells so, and so does one that fails in the middle", timeout, async () => {
  const refused = await begin("Hello");
  const first = new Reader();
  await runLiveTurn(refused.name, { ...refused.request, modelId: "nope" }, first, parts());
  expect(first.ending).toMatchObject({ how: "failed", problem: { code: "model_not_found" } });
  const cut = await begin("[[tokens=50]]");
  turn.awsLocal.addFault({ service: "bedrock", kind: "cut", afterEvents: 4, tenant: cut.tenantId });
  const second = new Reader();
  await runLiveTurn(cut.name, cut.request, second, parts());
  expect(second.ending).toMatchObject({ how: "failed", problem: { code: "upstream_unavailable" } });
  expect(second.told.length).toBeGreaterThan(0);
});

test(
  "a turn whose runner died is told as interrupted, once its lease is over and not before",
  timeout,
  async () => {
    const { name, tenantId } = await begin("Hello");
    const diedAtMs = turn.clock.now();
    const follower = new Reader();
    await followLiveTurn(tenantId, name, 0, follower, parts());
    expect(follower.ending).toMatchObject({ how: "failed", problem: { code: "turn_interrupted" } });
    expect(turn.clock.now() - diedAtMs).toBeGreaterThanOrEqual(leaseMs);
  },
);

test("a reader that leaves while the model is silent is followed for no longer", timeout, async () => {
  const { name, tenantId } = await begin("Hello");
  const beganAtMs = turn.clock.now();
  const follower = new Reader(0);
  expect(await followLiveTurn(tenantId, name, 0, follower, parts())).toBe(true);
  expect(follower.ending).toBeUndefined();
  expect(turn.clock.now() - beganAtMs).toBeLessThan(leaseMs / 2);
});

test("a store that fails costs the followers, not the reader", timeout, async () => {
  const { name, request, tenantId } = await begin("[[tokens=40]]");
  const reader = new Reader();
  const failing: LiveTurnStore = Object.assign(Object.create(turn.liveTurns), {
    append: () => Promise.reject(new Error("down")),
  });
  const used = parts(failing);
  await runLiveTurn(name, request, reader, used);
  expect(reader.ending).toEqual({ how: "completed" });
  expect(used.failures.length).toBeGreaterThan(0);
  const follower = new Reader();
  await followLiveTurn(tenantId, name, 0, follower, parts());
  expect(follower.ending).toMatchObject({ how: "failed", problem: { code: "turn_interrupted" } });
});
