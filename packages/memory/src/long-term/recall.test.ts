import { CaprockError, type Timer } from "@caprock/domain";
import { expect, test } from "vitest";
import { InMemoryLongTermMemory } from "../testing/in-memory-long-term-memory.ts";
import { MapSessions, turn } from "../testing/sessions.ts";
import { describeRecall } from "./describe-recall.ts";
import type { LongTermMemory } from "./long-term-memory.ts";
import { sessionNamespaces } from "./namespaces.ts";
import { type RecallOptions, recall } from "./recall.ts";

const tenant = "t000000000001";
const never: Timer = () => () => undefined;
const options: RecallOptions = { deadlineMs: 100, budgetTokens: 1_000 };

/** A timer that is over when the test says so. */
function manualTimer() {
  const waiting = new Set<() => void>();
  const timer: Timer = (_, work) => {
    waiting.add(work);
    return () => waiting.delete(work);
  };
  return { timer, over: () => waiting.forEach((work) => void work()) };
}

async function open(change: Partial<LongTermMemory> = {}, timer: Timer = never) {
  const stored = new InMemoryLongTermMemory();
  const parts = [
    { role: "user" as const, text: "I am from Bern." },
    { role: "user" as const, text: "My dog is Rex." },
  ];
  await stored.ingest(tenant, "ann", {
    sessionId: "s1",
    token: "1",
    atMs: 1,
    firstSequence: 1,
    lastSequence: 1,
    parts,
  });
  const turns = new MapSessions();
  turns.add({ tenantId: tenant, actorId: "ann", sessionId: "s1" }, turn(1, "old"), turn(2, "new"));
  const failures: unknown[] = [];
  const memory: LongTermMemory = Object.assign(
    Object.create(stored),
    { search: stored.search.bind(stored), preferences: stored.preferences.bind(stored) },
    change,
  );
  const ask = (more: Partial<RecallOptions> = {}) =>
    recall(
      tenant,
      "ann",
      "what is my dog",
      { ...options, ...more },
      {
        memory,
        turns,
        timer,
        countTokens: (text) => text.length,
        onFailure: (what, error) => failures.push([what, error]),
      },
    );
  return { ask, failures, turns };
}

test("a budget that is no budget has room for nothing", async () => {
  const { ask } = await open();
  for (const budgetTokens of [0, -1, Number.NaN]) {
    expect(await ask({ budgetTokens })).toMatchObject({ preferences: [], items: [], tokens: 0 });
  }
});

test("the newest turns come first, then the best records, each with where it is from", async () => {
  const { ask } = await open();
  expect(await ask()).toMatchObject({
    items: [
      { source: "turn", turnId: "turn-2", sessionId: "s1", text: "user: new\nassistant: Noted: 2" },
      { source: "turn", turnId: "turn-1" },
      { source: "record", strategy: "semantic", text: "My dog is Rex." },
      { source: "record", text: "I am from Bern." },
    ],
    failed: [],
    late: [],
    dropped: 0,
  });
});

test("the records of all strategies are asked for in one search, since each is charged", async () => {
  const asked: unknown[] = [];
  const { ask } = await open({
    search: async (...search) => {
      asked.push(search[3].strategy);
      return [];
    },
  });
  await ask();
  expect(asked).toEqual([undefined]);
});

test("the session that is asked in is not recalled: the prompt has it", async () => {
  const { ask, turns } = await open();
  turns.add({ tenantId: tenant, actorId: "ann", sessionId: "s2" }, turn(3, "elsewhere"));
  const { items } = await ask({ withoutSession: "s1" });
  expect(items.filter(({ source }) => source === "turn")).toMatchObject([{ turnId: "turn-3" }]);
});

test("what was drawn from the session alone is not recalled in it, once the turn has read all of it", async () => {
  const record = (strategy: "summary" | "episodic" | "semantic", namespace: string) => ({
    recordId: `${strategy} ${namespace}`,
    strategy,
    text: "Rex.",
    atMs: 1,
    namespace,
    score: 1,
  });
  const own = sessionNamespaces(tenant, "ann", "s1").map((namespace) => record("summary", namespace));
  const others = sessionNamespaces(tenant, "ann", "s11").map((namespace) => record("episodic", namespace));
  const fact = record("semantic", "/tenants/t000000000001/actors/ann/semantic/");
  const { ask } = await open({ search: async () => [...own, ...others, fact] });
  const recalled = async (isSessionRead: boolean) =>
    (await ask({ withoutSession: "s1", isSessionRead })).items.flatMap((item) =>
      item.source === "record" ? [item.namespace] : [],
    );
  const elsewhere = [...others, fact].map(({ namespace }) => namespace);
  expect((await recalled(true)).sort()).toEqual(elsewhere.sort());
  expect(await recalled(false)).toHaveLength(own.length + elsewhere.length);
  expect(own).toHaveLength(2);
});

test("what was said while memory was off is not recalled elsewhere", async () => {
  const { ask, turns } = await open();
  turns.add(
    { tenantId: tenant, actorId: "ann", sessionId: "s2" },
    { ...turn(3, "secret"), sessionOnly: true },
  );
  expect(JSON.stringify((await ask()).items)).not.toContain("secret");
});

test("the budget is never passed, and a larger one keeps all that a smaller one kept", async () => {
  const { ask } = await open();
  let before: readonly unknown[] = [];
  for (let budgetTokens = 0; budgetTokens < 400; budgetTokens += 3) {
    const { items, tokens, dropped } = await ask({ budgetTokens });
    expect(tokens).toBeLessThanOrEqual(budgetTokens);
    expect((describeRecall(items) ?? "").length).toBe(tokens);
    expect(items.slice(0, before.length)).toEqual(before);
    expect(items.length + dropped).toBe(4);
    before = items;
  }
  expect(before).toHaveLength(4);
});

test("what does not answer by the deadline is left out and named; the rest is kept", async () => {
  const { timer, over } = manualTimer();
  let aborted = false;
  const { ask, failures } = await open(
    {
      search: (_tenant, _actor, _query, { signal }) =>
        new Promise(() => signal.addEventListener("abort", () => (aborted = true))),
    },
    timer,
  );
  const recalled = ask({ strategies: ["semantic", "summary"] });
  await new Promise((resolve) => setImmediate(resolve));
  over();
  expect(await recalled).toMatchObject({
    late: ["semantic", "summary"],
    failed: [],
    items: [{ source: "turn" }, {}],
  });
  expect(aborted).toBe(true);
  expect(failures).toEqual([]);
});

test("a failure is told, named, and does not fail the recall", async () => {
  const error = new CaprockError({ code: "upstream_failed", message: "down" });
  const { ask, failures } = await open({ search: () => Promise.reject(error) });
  expect(await ask({ strategies: ["episodic"] })).toMatchObject({ failed: ["episodic"], items: [{}, {}] });
  expect(failures).toEqual([["episodic", error]]);
});

test("preferences are the same whatever is asked, stand by themselves, and within a third of the budget", async () => {
  const record = (index: number, strategy: "userPreference" | "semantic" = "userPreference") => ({
    recordId: `r${index}`,
    strategy,
    text: `I prefer number ${index}.`,
    atMs: index,
    namespace: "",
    score: 1,
  });
  const preferences = Array.from({ length: 8 }, (_, index) => record(index));
  const { ask } = await open({
    preferences: async () => preferences,
    search: async () => [record(3), record(9, "semantic")],
  });
  const wide = await ask({ budgetTokens: 3_000 });
  expect(wide.preferences.map(({ recordId }) => recordId)).toEqual(
    preferences.map(({ recordId }) => recordId),
  );
  expect(wide.items.flatMap((item) => (item.source === "record" ? [item.recordId] : []))).toEqual(["r9"]);
  const narrow = await ask({ budgetTokens: 450 });
  const kept = narrow.preferences.map(({ recordId }) => recordId);
  expect(kept.length).toBeGreaterThan(0);
  expect(kept).toEqual(preferences.slice(-kept.length).map(({ recordId }) => recordId));
  expect(narrow.tokens).toBeLessThanOrEqual(450);
  const failing = await open({
    preferences: () => Promise.reject(new Error("no")),
    search: async () => [record(3)],
  });
  const without = await failing.ask();
  expect(without).toMatchObject({ preferences: [], failed: ["preferences"] });
  expect(without.items).toContainEqual(expect.objectContaining({ recordId: "r3" }));
});
