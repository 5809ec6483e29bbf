import { setTimeout as pause } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { NewEvent } from "../long-term/long-term-memory.ts";
import { memoryStrategies } from "../long-term/memory-strategies.ts";
import { type OpenMemory, openMemory } from "../testing/open-memory.ts";
import { ensureMemory } from "./ensure-memory.ts";

const tenant = "t000000000001";
let nowMs = Date.parse("2026-11-26T12:00:00Z");
let open: OpenMemory;
beforeEach(async () => {
  open = await openMemory({ nowMs: () => nowMs });
});
afterEach(() => open.close());

function said(text: string, change: Partial<NewEvent> = {}): NewEvent {
  const parts = [{ role: "user" as const, text }];
  return { sessionId: "s1", token: text, atMs: nowMs, firstSequence: 1, lastSequence: 1, parts, ...change };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}
const records = (tenantId: string, actorId: string) => all(open.memory.records(tenantId, actorId));
const search = { limit: 5, signal: new AbortController().signal };

test("each strategy keeps its records under the tenant, the actor and, where it has one, the session", async () => {
  await open.memory.ingest(tenant, "ann@x", said("My dog is Rex. I like tea."));
  expect(
    (await records(tenant, "ann@x")).map(({ strategy, namespace }) => [strategy, namespace]).sort(),
  ).toEqual([
    ["episodic", `/tenants/${tenant}/actors/ann_40x/episodes/ss1/`],
    ["semantic", `/tenants/${tenant}/actors/ann_40x/semantic/`],
    ["summary", `/tenants/${tenant}/actors/ann_40x/summaries/ss1/`],
    ["userPreference", `/tenants/${tenant}/actors/ann_40x/preferences/`],
  ]);
  const found = await open.memory.search(tenant, "ann@x", "dog", { ...search, strategy: "summary" });
  expect(found).toMatchObject([{ strategy: "summary", score: 1 }]);
});

test("tenants and actors with any names find and forget only what is theirs, over the wire", async () => {
  const hostile = fc.constantFrom(
    "a",
    "ab",
    "a/",
    "a/b",
    "..",
    "*",
    "{actorId}",
    "a b",
    "ü",
    "\ud800",
    "_2f",
    "",
  );
  const owner = fc.tuple(
    fc.constantFrom(tenant, "t000000000002"),
    fc.oneof(hostile, fc.string({ maxLength: 6 })),
  );
  const same = (a: readonly string[], b: readonly string[]) => a[0] === b[0] && a[1] === b[1];
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(owner, { minLength: 2, maxLength: 3, comparator: same }),
      async (owners) => {
        const mine = (one: readonly [string, string]) =>
          `I am ${Buffer.from(one.join(" "), "utf16le").toString("hex")}`;
        for (const one of owners) {
          await open.memory.ingest(...one, said(mine(one)));
        }
        const texts = async (one: readonly [string, string]) =>
          (await open.memory.search(...one, "am", { ...search, strategy: "semantic" })).map(
            ({ text }) => text,
          );
        const [first = [tenant, ""] as [string, string], ...others] = owners;
        expect(await texts(first)).toEqual([mine(first)]);
        expect(await open.memory.forgetActor(...first)).toMatchObject({ eventsLeft: 0, recordsLeft: 0 });
        expect(await texts(first)).toEqual([]);
        for (const one of others) {
          expect(await texts(one)).toEqual([mine(one)]);
          await open.memory.forgetActor(...one);
        }
      },
    ),
    { numRuns: 100 },
  );
});

test("records that a batch failed to delete are tried again, and what still fails is an error", async () => {
  await open.memory.ingest(tenant, "ann", said("I am Ann. I like tea."));
  expect(await records(tenant, "ann")).toHaveLength(4);
  open.awsLocal.setAgentCore({ failRecords: 3 });
  expect(await open.memory.forgetActor(tenant, "ann")).toEqual({
    eventsRemoved: 1,
    recordsRemoved: 4,
    eventsLeft: 0,
    recordsLeft: 0,
  });
  await open.memory.ingest(tenant, "bob", said("I am Bob."));
  expect(await records(tenant, "bob")).toHaveLength(3);
  open.awsLocal.setAgentCore({ failRecords: 100 });
  await expect(open.memory.forgetActor(tenant, "bob")).rejects.toMatchObject({
    problem: {
      code: "upstream_failed",
      message: "Long-term memory did not delete 3 of 3 records in 4 attempts.",
    },
  });
});

test("what the extraction had not drawn yet when a session was forgotten does not appear later", async () => {
  open.awsLocal.setAgentCore({ extractionLagMs: 60_000 });
  await open.memory.ingest(tenant, "ann", said("I am Ann."));
  await open.memory.forgetSession(tenant, "ann", "s1");
  nowMs += 120_000;
  expect(await records(tenant, "ann")).toEqual([]);
});

test("forgetting a session leaves what the actor's memory had before it began", async () => {
  await open.memory.ingest(tenant, "ann", said("I am Ann."));
  nowMs += 3_600_000;
  await open.memory.ingest(tenant, "ann", said("My code is 1234.", { sessionId: "s2" }));
  await open.memory.forgetSession(tenant, "ann", "s2");
  const texts = (await records(tenant, "ann")).map(({ text }) => text);
  expect(texts).toContain("I am Ann.");
  expect(texts.join()).not.toContain("1234");
});

test("more events and records than fit a page or a batch are all forgotten", async () => {
  for (let index = 0; index < 105; index++) {
    await open.memory.ingest(tenant, "ann", said(`I am number ${index}.`, { sessionId: `s${index % 3}` }));
  }
  expect(await records(tenant, "ann")).toHaveLength(111);
  const report = await open.memory.forgetTenant(tenant);
  expect(report).toEqual({ eventsRemoved: 105, recordsRemoved: 111, eventsLeft: 0, recordsLeft: 0 });
});

test("failures are told by kind, without AgentCore's words", async () => {
  const ingest = () => open.memory.ingest(tenant, "ann", said("I am Ann."));
  for (const [fault, code] of [
    [{ kind: "throttle" }, "upstream_throttled"],
    [{ kind: "error", name: "RetryableConflictException" }, "upstream_throttled"],
    [{ kind: "error" }, "upstream_failed"],
    [{ kind: "unavailable" }, "upstream_unavailable"],
    [{ kind: "error", name: "ServiceQuotaExceededException" }, "upstream_rejected"],
  ] as const) {
    open.awsLocal.addFault({ service: "agentcore", operation: "CreateEvent", ...fault });
    await expect(ingest()).rejects.toMatchObject({ problem: { code } });
  }
  const late = new AbortController();
  open.awsLocal.addFault({ service: "agentcore", kind: "timeout", operation: "RetrieveMemoryRecords" });
  const searched = open.memory.search(tenant, "ann", "x", {
    strategy: "semantic",
    limit: 1,
    signal: late.signal,
  });
  await pause(20);
  late.abort();
  await expect(searched).rejects.toMatchObject({ problem: { code: "upstream_timeout" } });
});

test("the memory is made once, and one with other namespaces or an unfilled placeholder is refused", async () => {
  expect(await ensureMemory(open.control, "caprock")).toBe(open.memoryId);
  const misconfigured = { problem: { code: "memory_misconfigured" } };
  const [first, ...others] = memoryStrategies;
  const changed = (namespace: string) => [{ ...first!, namespace }, ...others];
  await expect(ensureMemory(open.control, "caprock", changed("/other/{actorId}/"))).rejects.toMatchObject(
    misconfigured,
  );
  await expect(ensureMemory(open.control, "new", changed("/{tenantId}/{actorId}/"))).rejects.toMatchObject(
    misconfigured,
  );
});
