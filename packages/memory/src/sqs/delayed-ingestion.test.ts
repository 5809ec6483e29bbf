import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { ManualClock, stoppedTimer } from "@caprock/domain";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forget } from "../long-term/forget.ts";
import { IngestionPace } from "../long-term/ingestion-pace.ts";
import { enqueueIngestion } from "../long-term/ingestion-queue.ts";
import { type IngestionRoundParts, ingestionRound } from "../long-term/ingestion-round.ts";
import { recall } from "../long-term/recall.ts";
import { CountingMeter } from "../testing/counting-meter.ts";
import { type OpenMemory, openMemory } from "../testing/open-memory.ts";
import { MapSessions, turn } from "../testing/sessions.ts";

const tenantId = "t000000000001";
const session = { tenantId, actorId: "ann", sessionId: "s1" };
const delayMs = 60_000;
const lagMs = 40_000;

let nowMs = Date.parse("2026-11-27T12:00:00Z");
let open: OpenMemory;
let sessions: MapSessions;
let meter: CountingMeter;
let parts: IngestionRoundParts;

beforeEach(async () => {
  open = await openMemory({ nowMs: () => nowMs, agentCore: { rateLimits: false, extractionLagMs: lagMs } });
  sessions = new MapSessions();
  meter = new CountingMeter();
  const pause = async () => undefined;
  parts = {
    memory: open.memory,
    turns: sessions,
    marks: open.marks,
    meter,
    queue: open.queue,
    pace: new IngestionPace({ clock: new ManualClock(0), pause, accountPerSecond: 10 }),
    pause,
    random: { bytes: (count) => new Uint8Array(count) },
    onFailure: (_, error) => {
      throw error;
    },
  };
});
afterEach(() => open.close());

async function say(sequence: number, text: string): Promise<void> {
  sessions.add(session, turn(sequence, text, nowMs));
  await enqueueIngestion(open.queue, { ...session, sequence }, delayMs, (error) => {
    throw error;
  });
}

async function pass(durationMs: number) {
  nowMs += durationMs;
  return ingestionRound(parts, 0);
}

/** What an answer to the same actor in another session is told of Ann. */
async function known(): Promise<Set<string>> {
  const { items } = await recall(
    tenantId,
    "ann",
    "who am I",
    { deadlineMs: 30_000, budgetTokens: 1_000, withoutSession: "s2" },
    { ...parts, timer: stoppedTimer, countTokens: (text) => text.length, onFailure: () => undefined },
  );
  return new Set(items.filter(({ text }) => text.includes("I am Ann.")).map(({ source }) => source));
}

test("turns within the delay become one CreateEvent, charged once, and nobody who asks meanwhile sees a gap", async () => {
  await say(1, "I am Ann.");
  expect(await known()).toEqual(new Set(["turn"]));
  for (const sequence of [2, 3, 4]) {
    expect(await pass(delayMs / 4)).toMatchObject({ jobs: 0, events: 0 });
    await say(sequence, `And ${sequence}.`);
    expect(await known()).toEqual(new Set(["turn"]));
  }
  expect(await pass(delayMs / 4)).toMatchObject({ jobs: 1, turns: 4, events: 1 });
  expect(await known()).toEqual(new Set(["turn"]));
  expect(await pass(lagMs)).toMatchObject({ events: 0 });
  expect(await known()).toEqual(new Set(["turn", "record"]));
  expect(await pass(delayMs)).toMatchObject({ events: 0 });
  expect(meter.used).toBe(1);
  expect(open.awsLocal.witness({ tenant: tenantId }).memory.events).toBe(1);
});

test("a delay is whole seconds, rounded up, and the message has ids and the turn's number alone", async () => {
  await enqueueIngestion(open.queue, { ...session, sequence: 1 }, 1_200, () => undefined);
  nowMs += 1_999;
  expect(await open.queue.receive(0)).toEqual([]);
  nowMs += 1;
  const [received] = await open.queue.receive(0);
  expect(received?.job).toEqual({ kind: "ingest", ...session, sequence: 1 });
});

test("what is forgotten while its job waits is forgotten at once, and its job finds nothing", async () => {
  await say(1, "I am Ann.");
  await pass(delayMs);
  await say(2, "My cat is called Tom.");
  sessions.remove(session);
  const report = await forget(tenantId, { kind: "session", ...session }, parts);
  expect(report).toMatchObject({ eventsRemoved: 1, eventsLeft: 0, recordsLeft: 0 });
  expect(await pass(delayMs)).toMatchObject({ jobs: 1, turns: 0, events: 0 });
  expect(await pass(lagMs)).toMatchObject({ jobs: 0 });
  expect(await known()).toEqual(new Set());
  const { Attributes } = await open.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: open.queueUrl, AttributeNames: ["All"] }),
  );
  expect(Attributes).toMatchObject({
    ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesDelayed: "0",
  });
  expect(open.awsLocal.witness({ tenant: tenantId }).memory.events).toBe(meter.used);
});
