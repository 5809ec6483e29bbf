import { CaprockError, type Clock, ManualClock } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CountingMeter } from "../testing/counting-meter.ts";
import { InMemoryLongTermMemory } from "../testing/in-memory-long-term-memory.ts";
import { MapMarks } from "../testing/map-marks.ts";
import { MapSessions, turn } from "../testing/sessions.ts";
import { cutIntoEvents, mostParts } from "./event-parts.ts";
import { type IngestParts, ingestSession } from "./ingest-session.ts";
import { IngestionPace } from "./ingestion-pace.ts";
import type { SessionTurn } from "./session-turn.ts";

const session = { tenantId: "t000000000001", actorId: "ann", sessionId: "s1" };
const throttled = new CaprockError({ code: "upstream_throttled", message: "slow down" });
const rejected = new CaprockError({ code: "upstream_rejected", message: "no" });

/** Parts on a clock that moves when somebody waits. */
function open(turns: readonly SessionTurn[] = []) {
  const clock = new ManualClock(0);
  const waits: number[] = [];
  const pause = async (durationMs: number) => {
    waits.push(durationMs);
    clock.advance(durationMs);
  };
  const memory = new InMemoryLongTermMemory();
  const meter = new CountingMeter();
  const sessions = new MapSessions();
  sessions.add(session, ...turns);
  const parts: IngestParts = {
    memory,
    turns: sessions,
    marks: new MapMarks(),
    meter,
    pace: new IngestionPace({ clock, pause, accountPerSecond: 10 }),
    pause,
    random: { bytes: (count) => new Uint8Array(count).fill(255) },
  };
  return { parts, memory, meter, sessions, clock: clock as Clock, waits };
}

const stored = ({ kept }: InMemoryLongTermMemory) =>
  kept.flatMap(({ parts }) => parts.flatMap((part) => ("data" in part ? [part.data.sequence] : [])));
const many = (count: number) =>
  Array.from({ length: count }, (_, index) => turn(index + 1, `turn ${index + 1}`));

test("turns go into as few events as AgentCore takes, because each event is charged", async () => {
  const { parts, memory } = open(many(70));
  expect(await ingestSession(session, parts)).toEqual({ turns: 70, events: 3, refused: false });
  expect(memory.kept.map(({ parts: one }) => one.length)).toEqual([99, 99, 12]);
  expect(await ingestSession(session, parts)).toEqual({ turns: 0, events: 0, refused: false });
});

test("whatever fails or repeats, and however large turns are, each is stored once, in order, and each event is charged once", async () => {
  const failure = fc.record({
    stored: fc.boolean(),
    kind: fc.constantFrom("throttled", "rejected", "killed"),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 }),
      fc.array(failure, { maxLength: 8 }),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 }),
      async (batches, failures, workers, expiries, roomOfPages) => {
        const { parts, memory, meter, sessions } = open();
        sessions.roomOfPages = roomOfPages;
        memory.failures = failures.map((one) => ({
          stored: one.stored,
          error:
            one.kind === "throttled" ? throttled : one.kind === "rejected" ? rejected : new Error("killed"),
        }));
        let count = 0;
        for (const [index, size] of batches.entries()) {
          sessions.add(session, ...Array.from({ length: size }, () => turn(++count, `turn ${count}`)));
          await Promise.allSettled(Array.from({ length: workers }, () => ingestSession(session, parts)));
          if (expiries[index]) {
            meter.expire();
          }
        }
        while (memory.failures.length > 0) {
          await ingestSession(session, parts).catch(() => undefined);
          memory.failures.pop();
        }
        await ingestSession(session, parts);
        expect(stored(memory)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
        expect(meter.used).toBe(memory.kept.length);
        expect([...meter.held.keys()].filter((billId) => !meter.charged.has(billId))).toEqual([]);
      },
    ),
    { numRuns: 300 },
  );
});

test("what a tenant's limits do not allow waits, whole and in its order, until they do", async () => {
  const { parts, memory, meter } = open(many(70));
  meter.budget = 2;
  expect(await ingestSession(session, parts)).toEqual({ turns: 66, events: 2, refused: true });
  expect(await ingestSession(session, parts)).toEqual({ turns: 0, events: 0, refused: true });
  meter.budget = 3;
  expect(await ingestSession(session, parts)).toEqual({ turns: 4, events: 1, refused: false });
  expect(stored(memory)).toEqual(many(70).map(({ sequence }) => sequence));
});

test("turns that were said with memory off cost nothing, and are no reason to wait", async () => {
  const { parts, memory, meter } = open(many(3).map((one) => ({ ...one, sessionOnly: true })));
  meter.budget = 0;
  expect(await ingestSession(session, parts)).toMatchObject({ events: 0, refused: false });
  expect(await parts.marks.read(session)).toMatchObject({ through: 3 });
  expect(memory.kept).toEqual([]);
});

test("an event whose sender died before it was charged is charged by who goes on, on the same bill", async () => {
  const { parts, memory, meter } = open(many(3));
  memory.failures = [{ stored: true, error: new Error("killed") }];
  await expect(ingestSession(session, parts)).rejects.toThrow("killed");
  expect([meter.used, [...meter.held.keys()]]).toEqual([0, ["bill-1"]]);
  await ingestSession(session, parts);
  expect([...meter.charged]).toEqual([["bill-1", 1]]);
});

test("a bill that was lost with its process is held for anew, once, and waits where there is no budget", async () => {
  const { parts, memory, meter } = open(many(3));
  memory.failures = [{ stored: true, error: new Error("killed") }];
  await expect(ingestSession(session, parts)).rejects.toThrow("killed");
  meter.expire();
  meter.budget = 0;
  expect(await ingestSession(session, parts)).toMatchObject({ refused: true });
  meter.budget = 1;
  await Promise.all([ingestSession(session, parts), ingestSession(session, parts)]);
  expect([...meter.charged.values()]).toEqual([1]);
  expect(stored(memory)).toEqual([1, 2, 3]);
});

test("what was deleted while it was being sent is removed again", async () => {
  const { parts, memory, sessions } = open(many(3));
  const ingest = memory.ingest.bind(memory);
  memory.ingest = async (...args) => {
    await ingest(...args);
    sessions.remove(session, "turn-2");
  };
  await ingestSession(session, parts);
  expect(stored(memory)).toEqual([1, 3]);
});

test("of a session that was deleted after a crash nothing stays", async () => {
  const { parts, memory, sessions } = open(many(3));
  memory.failures = [{ stored: true, error: new Error("killed") }];
  await expect(ingestSession(session, parts)).rejects.toThrow("killed");
  sessions.remove(session);
  await parts.marks.removeSession(session);
  await ingestSession(session, parts);
  expect(memory.kept).toEqual([]);
});

test("what was drawn from a session outlasts it when it expires, also if a job comes late", async () => {
  const { parts, memory, sessions } = open(many(3));
  await ingestSession(session, parts);
  sessions.remove(session);
  expect(await ingestSession(session, parts)).toEqual({ turns: 0, events: 0, refused: false });
  expect(stored(memory)).toEqual([1, 2, 3]);
});

test("a session that expired and is begun again under its name is taken in from its first turn", async () => {
  const { parts, memory, sessions } = open(many(3));
  await ingestSession(session, parts);
  sessions.remove(session);
  sessions.add(session, { ...turn(1, "anew"), turnId: "other-1" });
  expect(await ingestSession(session, parts)).toEqual({ turns: 1, events: 1, refused: false });
  expect(JSON.stringify(memory.kept)).toContain("anew");
  expect(stored(memory)).toEqual([1, 2, 3, 1]);
});

test("a session that is begun again under its old name is taken in anew", async () => {
  const { parts, memory, sessions } = open(many(2));
  await ingestSession(session, parts);
  sessions.remove(session);
  await parts.marks.removeSession(session);
  sessions.add(
    session,
    { ...turn(1, "anew"), turnId: "other-1" },
    { ...turn(2, "again"), turnId: "other-2" },
  );
  expect(await ingestSession(session, parts)).toEqual({ turns: 2, events: 1, refused: false });
  expect(JSON.stringify(memory.kept)).toContain("anew");
});

test("what was said while memory was off is never taken in, and holds nothing up", async () => {
  const off = (sequence: number) => ({ ...turn(sequence, "secret"), sessionOnly: true });
  const { parts, memory, sessions } = open([off(1), turn(2, "two"), off(3)]);
  expect(await ingestSession(session, parts)).toEqual({ turns: 1, events: 1, refused: false });
  sessions.add(session, off(4), turn(5, "five"), off(6));
  expect(await ingestSession(session, parts)).toEqual({ turns: 1, events: 1, refused: false });
  expect(stored(memory)).toEqual([2, 5]);
  expect(JSON.stringify(memory.kept)).not.toContain("secret");
  expect(await parts.marks.read(session)).toMatchObject({ through: 6, sendingTo: undefined });
});

test("throttling is waited out with growing pauses, a rejection is not tried again", async () => {
  const { parts, memory, waits } = open(many(1));
  memory.failures = [throttled, throttled, throttled].map((error) => ({ error, stored: false }));
  await ingestSession(session, parts);
  expect(waits).toEqual([500, 1_000, 2_000]);
  const next = open(many(1));
  next.memory.failures = [{ error: rejected, stored: false }];
  await expect(ingestSession(session, next.parts)).rejects.toBe(rejected);
  expect(next.waits).toEqual([]);
});

test("a session gets five events a second and the account ten", async () => {
  const clock = new ManualClock(0);
  const pause = async (durationMs: number) => clock.advance(durationMs);
  const pace = new IngestionPace({ clock, pause, accountPerSecond: 10 });
  for (let count = 0; count < 25; count++) {
    await pace.next("one");
  }
  expect(clock.now()).toBe(4_000);
  clock.advance(1_000);
  for (let count = 0; count < 40; count++) {
    await pace.next(`session ${count}`);
  }
  expect(clock.now()).toBe(8_000);
});

test("a turn too large for one event is cut, a long text at whole characters, and what is binary is left out", () => {
  const text = "é🙂".repeat(40_000);
  const messages = Array.from({ length: 120 }, (_, index) => ({
    role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
    content: [
      { text: index === 0 ? text : `message ${index}` },
      { image: { source: { bytes: new Uint8Array(9) } } },
    ],
  }));
  const events = cutIntoEvents([{ turnId: "big", sequence: 1, atMs: 0, messages }, turn(2, "after")]);
  for (const event of events) {
    expect(event.length).toBeLessThanOrEqual(mostParts);
  }
  const texts = events.flat().flatMap((part) => ("text" in part ? [part.text] : []));
  expect(texts.every((one) => Buffer.byteLength(one) <= 100_000 && !/\p{Surrogate}/u.test(one))).toBe(true);
  expect(texts.slice(0, -121).join("")).toBe(text);
  expect(events.flat().some((part) => "data" in part && part.data.blocks[0]?.omitted === "image")).toBe(true);
});

test("tool calls and results go along as data; a turn's data always goes into one event", () => {
  const toolUse = { toolUse: { toolUseId: "1", name: "weather", input: { city: "Bern" } } };
  const large = { toolResult: { toolUseId: "1", content: [{ text: "x".repeat(90_000) }] } };
  const messages = [
    { role: "user" as const, content: [{ text: "Weather?" }] },
    { role: "assistant" as const, content: [toolUse] },
    { role: "user" as const, content: Array.from({ length: 60 }, () => large) },
  ];
  const [event = [], ...others] = cutIntoEvents([{ turnId: "tools", sequence: 1, atMs: 0, messages }]);
  expect(others).toEqual([]);
  const [said, data] = event;
  expect(said).toEqual({ role: "user", text: "Weather?" });
  expect(data).toMatchObject({
    data: { turnId: "tools", texts: 1, blocks: expect.arrayContaining([toolUse]) },
  });
  expect(JSON.stringify(data).length).toBeLessThan(4_100_000);
  expect(JSON.stringify(data)).toContain('"omitted":"16 more"');
});
