import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cutIntoEvents } from "./long-term/event-parts.ts";
import type { LongTermMemory } from "./long-term/long-term-memory.ts";
import { InMemoryLongTermMemory } from "./testing/in-memory-long-term-memory.ts";
import { type OpenMemory, openMemory } from "./testing/open-memory.ts";
import { turn } from "./testing/sessions.ts";

let open: OpenMemory;

const adapters: Record<string, () => LongTermMemory> = {
  "in memory": () => new InMemoryLongTermMemory(),
  AgentCore: () => open.memory,
};
const signal = new AbortController().signal;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
  }
  return found;
}

describe.each(Object.entries(adapters))("%s", (name, adapter) => {
  const tenant = name === "AgentCore" ? "t000000000001" : "t000000000002";
  const other = "t000000000003";
  let memory: LongTermMemory;
  beforeAll(async () => {
    open = await openMemory();
    memory = adapter();
  });
  afterAll(() => open.close());
  const say = (tenantId: string, actorId: string, sessionId: string, ...texts: string[]) =>
    memory.ingest(tenantId, actorId, {
      sessionId,
      token: createHash("sha256")
        .update(JSON.stringify([tenantId, actorId, sessionId, texts]))
        .digest("hex"),
      atMs: 1_000,
      firstSequence: 1,
      lastSequence: texts.length,
      parts: cutIntoEvents(texts.map((text, index) => turn(index + 1, text)))[0] ?? [],
    });
  const facts = async (tenantId: string, actorId: string) =>
    (await all(memory.records(tenantId, actorId)))
      .filter(({ strategy }) => strategy === "semantic")
      .map(({ text }) => text);

  test("what was said is found again by its actor, and by nobody else", async () => {
    await say(tenant, "ann@example.com", "s/1", "My dog is called Rex.", "I am from Bern.");
    await say(tenant, "ann", "s/1", "I am another Ann.");
    await say(other, "ann@example.com", "s/1", "I am elsewhere.");
    const search = { strategy: "semantic" as const, limit: 1, signal };
    expect(await memory.search(tenant, "ann@example.com", "from Bern", search)).toMatchObject([
      { text: "I am from Bern.", strategy: "semantic" },
    ]);
    expect(await facts(tenant, "ann@example.com")).toHaveLength(2);
    expect(await facts(tenant, "ann")).toEqual(["I am another Ann."]);
    expect(await facts(other, "ann@example.com")).toEqual(["I am elsewhere."]);
    expect(await facts(tenant, "nobody")).toEqual([]);
  });

  test("whoever reads no more is told so, and reads nothing", async () => {
    await say(tenant, "gone", "s1", "My dog is called Rex.");
    const ended = AbortSignal.abort();
    for (const read of [
      () => memory.records(tenant, "gone", ended),
      () => memory.events(tenant, "gone", ended),
    ]) {
      await expect(all<unknown>(read())).rejects.toMatchObject({ problem: { code: "upstream_timeout" } });
    }
    expect(await all(memory.events(tenant, "gone"))).toHaveLength(1);
  });

  test("one search finds what any strategy keeps of the actor, and nothing of others", async () => {
    await say(tenant, "zoe", "s1", "I prefer short answers.");
    await say(tenant, "zoe2", "s1", "I prefer short answers too.");
    const found = await memory.search(tenant, "zoe", "short answers", { limit: 20, signal });
    expect(found.length).toBeGreaterThan(0);
    expect(found.map(({ text }) => text).join()).not.toContain("too");
    const kinds = new Set(found.map(({ strategy }) => strategy));
    expect(kinds.size).toBeGreaterThan(name === "AgentCore" ? 1 : 0);
  });

  test("preferences are told whatever is asked: the actor's own, the newest of them, oldest first", async () => {
    await say(tenant, "pia", "s1", "I prefer tea.", "I am from Bern.");
    await say(tenant, "pia", "s2", "I prefer trains.");
    await say(tenant, "pia2", "s1", "I prefer coffee.");
    const wish = { limit: 10, signal };
    const told = await memory.preferences(tenant, "pia", wish);
    expect(told.map(({ strategy }) => strategy)).toEqual(["userPreference", "userPreference"]);
    expect(told.map(({ text }) => text).join()).toMatch(/tea.*trains/);
    expect(await memory.preferences(tenant, "pia", wish)).toEqual(told);
    expect(await memory.preferences(tenant, "pia", { ...wish, limit: 1 })).toEqual(told.slice(1));
    expect(await memory.preferences(other, "pia", wish)).toEqual([]);
  });

  test("the same token stores an event once", async () => {
    await say(tenant, "bob", "s1", "I am Bob.");
    await say(tenant, "bob", "s1", "I am Bob.");
    expect(await all(memory.events(tenant, "bob"))).toHaveLength(1);
  });

  test("an export has every word and every tool call", async () => {
    await say(tenant, "eve", "s1", "I am Eve.");
    const [event] = await all(memory.events(tenant, "eve"));
    expect(event?.parts).toEqual([
      { role: "user", text: "I am Eve." },
      { role: "assistant", text: "Noted: 1" },
      { data: { turnId: "turn-1", sequence: 1, blocks: [], texts: 2 } },
    ]);
  });

  test("forgetting a turn leaves the others, and nothing of it", async () => {
    await say(tenant, "cid", "s1", "I am Cid.", "My code is 1234.");
    const report = await memory.forgetTurn(tenant, "cid", "s1", "turn-2");
    expect(report).toMatchObject({ eventsRemoved: 1, eventsLeft: 0, recordsLeft: 0 });
    expect(report.recordsRemoved).toBeGreaterThan(0);
    const events = JSON.stringify((await all(memory.events(tenant, "cid"))).map(({ parts }) => parts));
    expect(events).toContain("I am Cid.");
    expect(events).not.toContain("1234");
    expect(JSON.stringify(await all(memory.records(tenant, "cid")))).not.toContain("1234");
  });

  test("forgetting a session, an actor or a tenant removes all of it and only that", async () => {
    await say(tenant, "dan", "s1", "I am Dan.");
    await say(tenant, "dan", "s2", "I have two sessions.");
    await say(tenant, "dana", "s1", "I am Dana.");
    await say(other, "dan", "s1", "I am the other Dan.");
    expect(await memory.forgetSession(tenant, "dan", "s1")).toMatchObject({
      eventsRemoved: 1,
      eventsLeft: 0,
    });
    expect(await all(memory.events(tenant, "dan"))).toHaveLength(1);
    expect(await memory.forgetActor(tenant, "dan")).toMatchObject({
      eventsRemoved: 1,
      eventsLeft: 0,
      recordsLeft: 0,
    });
    expect(await facts(tenant, "dan")).toEqual([]);
    expect(await facts(tenant, "dana")).toEqual(["I am Dana."]);
    expect(await memory.forgetTenant(tenant)).toMatchObject({ eventsLeft: 0, recordsLeft: 0 });
    expect(await all(memory.events(tenant, "dana"))).toEqual([]);
    expect(await facts(tenant, "dana")).toEqual([]);
    expect(await facts(other, "dan")).toEqual(["I am the other Dan."]);
  });
});
