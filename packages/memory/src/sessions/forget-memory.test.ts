import { ManualClock } from "@caprock/domain";
import { expect, test } from "vitest";
import { InMemoryLongTermMemory } from "../testing/in-memory-long-term-memory.ts";
import { MapMarks } from "../testing/map-marks.ts";
import { MapSessionStore } from "../testing/map-session-store.ts";
import { MapVectorStore } from "../testing/map-vector-store.ts";
import { forgetMemory } from "./forget-memory.ts";

const tenantId = "t000000000001";
const scope = { kind: "actor", actorId: "ann" } as const;

/** Long-term memory that answers when the test lets it, before a deadline that is over at once. */
async function open() {
  const clock = new ManualClock(1_000);
  const memory = new InMemoryLongTermMemory();
  const part = { role: "user" as const, text: "I like tea." };
  await memory.ingest(tenantId, "ann", {
    sessionId: "chat",
    token: "1",
    atMs: 1,
    firstSequence: 1,
    lastSequence: 1,
    parts: [part],
  });
  let answer = (_?: Error) => {};
  const gate = new Promise<Error | undefined>((resolve) => {
    answer = resolve;
  });
  const forgetActor = memory.forgetActor.bind(memory);
  memory.forgetActor = async (...of) => {
    const failure = await gate;
    if (failure) {
      throw failure;
    }
    return forgetActor(...of);
  };
  const behind: Promise<unknown>[] = [];
  const parts = {
    sessions: new MapSessionStore(clock, 1_000),
    vectors: new MapVectorStore(clock, 1_000),
    longTerm: {
      memory,
      marks: new MapMarks(),
      deadline: {
        deadlineMs: 1,
        timer: (_: number, work: () => void) => {
          queueMicrotask(work);
          return () => undefined;
        },
      },
      inBackground: (work: Promise<unknown>) => void behind.push(work),
    },
  };
  return { memory, parts, behind, answer };
}

test("what is not forgotten in time is told as unfinished, goes on, and is told when it is asked for again", async () => {
  const { memory, parts, behind, answer } = await open();
  expect(await forgetMemory(tenantId, scope, parts)).toMatchObject({
    longTerm: undefined,
    isUnfinished: true,
    isComplete: false,
  });
  expect(memory.kept).toHaveLength(1);
  answer();
  await Promise.all(behind);
  expect(memory.kept).toEqual([]);
  const patient = { ...parts, longTerm: { ...parts.longTerm, deadline: undefined } };
  expect(await forgetMemory(tenantId, scope, patient)).toMatchObject({
    longTerm: { eventsRemoved: 0, eventsLeft: 0 },
    isUnfinished: false,
    isComplete: true,
  });
});

test("what fails behind an answer is told to whoever took it over", async () => {
  const { parts, behind, answer } = await open();
  expect(await forgetMemory(tenantId, scope, parts)).toMatchObject({ isUnfinished: true });
  answer(new Error("away"));
  await expect(behind[0]).rejects.toThrow("away");
});
