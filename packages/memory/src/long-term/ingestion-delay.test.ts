import { ManualClock } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { CountingMeter } from "../testing/counting-meter.ts";
import { InMemoryLongTermMemory } from "../testing/in-memory-long-term-memory.ts";
import { MapMarks } from "../testing/map-marks.ts";
import { MapSessions, turn } from "../testing/sessions.ts";
import { IngestionPace } from "./ingestion-pace.ts";
import { type IngestionJobsParts, ingestJobs } from "./ingestion-round.ts";

const session = { tenantId: "t000000000001", actorId: "ann", sessionId: "s1" };
const delayMs = 60_000;

function open() {
  const pause = async () => undefined;
  const memory = new InMemoryLongTermMemory();
  const meter = new CountingMeter();
  const sessions = new MapSessions();
  const parts: IngestionJobsParts = {
    memory,
    turns: sessions,
    marks: new MapMarks(),
    meter,
    pace: new IngestionPace({ clock: new ManualClock(0), pause, accountPerSecond: 1_000 }),
    pause,
    random: { bytes: (count) => new Uint8Array(count) },
    onFailure: () => undefined,
  };
  /** Delivers the jobs of these turns together; one without a number asks for all. */
  const deliver = (...sequences: readonly (number | undefined)[]) =>
    ingestJobs(
      sequences.map((sequence, index) => ({
        receipt: `${index}`,
        job: { kind: "ingest" as const, ...session, ...(sequence === undefined ? {} : { sequence }) },
      })),
      parts,
    );
  const say = (first: number, last = first) =>
    sessions.add(
      session,
      ...Array.from({ length: last - first + 1 }, (_, index) => turn(first + index, `turn ${first + index}`)),
    );
  /** The turns of each event. */
  const stored = () =>
    memory.kept.map(({ parts: own }) => own.flatMap((part) => ("data" in part ? [part.data.sequence] : [])));
  return { parts, memory, meter, sessions, deliver, say, stored };
}

/** What happens to a session, each with its time. */
interface Step {
  readonly atMs: number;
  readonly said?: number;
  readonly delivered?: number;
}

/** The events that turns said at these times make, when an event takes along whatever was said until its oldest turn's delay is over. */
function fewestEvents(saidAtMs: readonly number[]): number[][] {
  const events: number[][] = [];
  let endsAtMs = Number.NEGATIVE_INFINITY;
  for (const [index, atMs] of saidAtMs.entries()) {
    if (atMs > endsAtMs) {
      endsAtMs = atMs + delayMs;
      events.push([]);
    }
    events.at(-1)?.push(index + 1);
  }
  return events;
}

const gaps = fc.array(fc.integer({ min: 1, max: 2 * delayMs }), { minLength: 1, maxLength: 30 });

function timesOf(gapsMs: readonly number[]): number[] {
  let nowMs = 0;
  return gapsMs.map((gapMs) => {
    nowMs += gapMs;
    return nowMs;
  });
}

test("turns that follow each other within the delay go into one event, whatever their times", async () => {
  await fc.assert(
    fc.asyncProperty(gaps, async (gapsMs) => {
      const { meter, deliver, say, stored } = open();
      const saidAtMs = timesOf(gapsMs);
      const steps: Step[] = saidAtMs.flatMap((atMs, index) => [
        { atMs, said: index + 1 },
        { atMs: atMs + delayMs, delivered: index + 1 },
      ]);
      // What is said at the very moment of a delivery is said before it.
      for (const { said, delivered } of steps.sort((a, b) => a.atMs - b.atMs || (a.said ? -1 : 1))) {
        if (said !== undefined) {
          say(said);
        } else {
          await deliver(delivered);
        }
      }
      expect(stored()).toEqual(fewestEvents(saidAtMs));
      expect(meter.used).toBe(stored().length);
    }),
    { numRuns: 300 },
  );
});

test("late, lost and repeated jobs, and workers that die: what a job was there for is in, each turn once", async () => {
  const fate = fc.record({
    lateMs: fc.integer({ min: 0, max: 5 * delayMs }),
    isLost: fc.boolean(),
    isDoubled: fc.boolean(),
    workerDies: fc.constantFrom("no", "before the event is stored", "after it"),
  });
  await fc.assert(
    fc.asyncProperty(gaps, fc.array(fate, { minLength: 30, maxLength: 30 }), async (gapsMs, fates) => {
      const { memory, meter, deliver, say, stored } = open();
      const saidAtMs = timesOf(gapsMs);
      const steps: (Step & { readonly workerDies?: string })[] = saidAtMs.flatMap((atMs, index) => {
        const { lateMs = 0, isLost, isDoubled, workerDies = "no" } = fates[index] ?? {};
        const dueMs = atMs + delayMs + lateMs;
        const job = { atMs: dueMs, delivered: index + 1 };
        return [
          { atMs, said: index + 1 },
          ...(isLost ? [] : [{ ...job, workerDies }]),
          // SQS delivers again what a dead worker did not finish.
          ...(isLost || (!isDoubled && workerDies === "no") ? [] : [{ ...job, atMs: dueMs + 180_000 }]),
        ];
      });
      const taken = new Set<number>();
      for (const { said, delivered, workerDies } of steps.sort((a, b) => a.atMs - b.atMs)) {
        if (delivered === undefined) {
          say(said ?? 0);
          continue;
        }
        memory.failures =
          workerDies === undefined || workerDies === "no"
            ? []
            : [{ error: new Error("killed"), stored: workerDies === "after it" }];
        const { failed } = await deliver(delivered);
        if (failed.length === 0) {
          taken.add(delivered);
        }
        memory.failures = [];
        for (const one of taken) {
          expect(stored().flat()).toContain(one);
        }
      }
      await deliver(undefined);
      expect(stored().flat()).toEqual(saidAtMs.map((_, index) => index + 1));
      expect(meter.used).toBe(stored().length);
    }),
    { numRuns: 200 },
  );
});

test("of jobs that are delivered together the youngest turn's counts, and one for all that there is", async () => {
  const { deliver, say, stored } = open();
  say(1);
  await deliver(1);
  say(2, 4);
  expect(await deliver(1)).toMatchObject({ turns: 0, events: 0 });
  expect(await deliver(1, 3, 1)).toMatchObject({ turns: 3, events: 1 });
  say(5);
  expect(await deliver(4, undefined, 3)).toMatchObject({ turns: 1, events: 1 });
  expect(stored()).toEqual([[1], [2, 3, 4], [5]]);
});

test("what a worker had begun to send is sent by the next one, however young its turns are", async () => {
  const { memory, deliver, say, stored } = open();
  say(1, 2);
  memory.failures = [{ error: new Error("killed"), stored: false }];
  expect((await deliver(1)).failed).toHaveLength(1);
  say(3);
  // A late copy of a job whose turn is in would have nothing to ask for.
  await deliver(0);
  expect(stored()).toEqual([[1, 2]]);
});

test("a session that was deleted before its job came is sent nothing of, and what it had goes at once", async () => {
  const { parts, sessions, memory, deliver, say, stored } = open();
  say(1, 2);
  await deliver(2);
  say(3);
  sessions.remove(session);
  await parts.marks.removeSession(session);
  expect(stored()).toEqual([[1, 2]]);
  await deliver(3);
  expect(memory.kept).toEqual([]);
});

test("a session that was begun again under its name waits for no job of the earlier one", async () => {
  const { parts, sessions, deliver, say, stored } = open();
  say(1, 9);
  sessions.remove(session);
  await parts.marks.removeSession(session);
  say(1);
  await deliver(1);
  expect(stored()).toEqual([[1]]);
  await deliver(9);
  expect(stored()).toEqual([[1]]);
});

test("turns that were said with memory off are passed over without a job of their own", async () => {
  const { parts, sessions, deliver } = open();
  sessions.add(
    session,
    { ...turn(1, "secret"), sessionOnly: true },
    { ...turn(2, "secret"), sessionOnly: true },
  );
  await deliver(1);
  expect(await parts.marks.read(session)).toMatchObject({ through: 2 });
});

test("a job whose turn is in reads no turns, of which there may be many, and large ones", async () => {
  const { sessions, deliver, say } = open();
  say(1, 20);
  await deliver(1);
  say(21, 40);
  let reads = 0;
  const turnsAfter = sessions.turnsAfter.bind(sessions);
  sessions.turnsAfter = (...of) => {
    reads += 1;
    return turnsAfter(...of);
  };
  for (let sequence = 2; sequence <= 20; sequence++) {
    await deliver(sequence);
  }
  expect(reads).toBe(0);
  expect(await deliver(21)).toMatchObject({ turns: 20, events: 1 });
});
