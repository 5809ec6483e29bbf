import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { ManualClock, stoppedTimer } from "@caprock/domain";
import { afterEach, beforeEach, expect, test } from "vitest";
import { IngestionPace } from "../long-term/ingestion-pace.ts";
import { enqueueIngestion } from "../long-term/ingestion-queue.ts";
import { type IngestionRoundParts, ingestionRound, repairLost } from "../long-term/ingestion-round.ts";
import { recall } from "../long-term/recall.ts";
import { ingestionQueues } from "../queues.ts";
import { CountingMeter } from "../testing/counting-meter.ts";
import { type OpenMemory, openMemory } from "../testing/open-memory.ts";
import { MapSessions, turn } from "../testing/sessions.ts";

const tenantId = "t000000000001";
const session = { tenantId, actorId: "ann", sessionId: "s1" };
const visibilityMs = ingestionQueues.visibilitySeconds * 1_000;

let nowMs = Date.parse("2026-11-26T12:00:00Z");
let open: OpenMemory;
let sessions: MapSessions;
let parts: IngestionRoundParts;
let failures: string[];

beforeEach(async () => {
  open = await openMemory({ nowMs: () => nowMs });
  sessions = new MapSessions();
  sessions.add(session, turn(1, "I am Ann."), turn(2, "Hi."));
  failures = [];
  const pause = async () => undefined;
  parts = {
    memory: open.memory,
    turns: sessions,
    marks: open.marks,
    meter: new CountingMeter(),
    queue: open.queue,
    pace: new IngestionPace({ clock: new ManualClock(0), pause, accountPerSecond: 10 }),
    pause,
    random: { bytes: (count) => new Uint8Array(count) },
    onFailure: (job, error) => failures.push(`${job.sessionId}: ${String(error)}`),
  };
});
afterEach(() => open.close());

const enqueue = () => enqueueIngestion(open.queue, session, 0, (error) => failures.push(String(error)));

async function stored() {
  const events = [];
  for await (const event of open.memory.events(tenantId, "ann")) {
    events.push(event.parts.flatMap((part) => ("data" in part ? [part.data.sequence] : [])));
  }
  return events;
}

test("jobs of one session become one event, and the queue is empty afterwards", async () => {
  await Promise.all([enqueue(), enqueue(), enqueue()]);
  expect(await ingestionRound(parts, 0)).toEqual({ jobs: 3, turns: 2, events: 1, refused: 0, failed: [] });
  expect(await stored()).toEqual([[1, 2]]);
  nowMs += visibilityMs;
  expect(await ingestionRound(parts, 0)).toEqual({ jobs: 0, turns: 0, events: 0, refused: 0, failed: [] });
});

test("what was said in one session is known in another: at once as a turn, after the lag as a record", async () => {
  open.awsLocal.setAgentCore({ extractionLagMs: 60_000 });
  await enqueue();
  await ingestionRound(parts, 0);
  const known = async () => {
    const { items } = await recall(
      tenantId,
      "ann",
      "who am I",
      { deadlineMs: 30_000, budgetTokens: 1_000 },
      { ...parts, timer: stoppedTimer, countTokens: (text) => text.length, onFailure: () => undefined },
    );
    return items.filter(({ text }) => text.includes("I am Ann.")).map(({ source }) => source);
  };
  expect(await known()).toEqual(["turn"]);
  nowMs += 60_000;
  expect(new Set(await known())).toEqual(new Set(["turn", "record"]));
});

test("a worker killed after an event was stored and before its message was deleted: each turn is in once", async () => {
  await enqueue();
  const script = fileURLToPath(new URL("../testing/ingestion-child.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--import", "tsx", script, open.awsLocal.url, open.memoryId, open.queueUrl],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  const [said] = await once(child.stdout, "data");
  expect(String(said)).toBe("sent\n");
  child.kill("SIGKILL");
  await exited;
  sessions.add(session, turn(3, "I came after the crash."));
  nowMs += visibilityMs;
  expect(await ingestionRound(parts, 0)).toMatchObject({ jobs: 1, turns: 3, failed: [] });
  expect((await stored()).flat().sort()).toEqual([1, 2, 3]);
});

test("a job that keeps failing goes to the dead letters with ids alone, and is done after a redrive", async () => {
  await enqueue();
  open.awsLocal.addFault({ service: "agentcore", kind: "error", name: "ValidationException", count: 100 });
  for (let delivery = 0; delivery < ingestionQueues.maxReceiveCount; delivery++) {
    expect(await ingestionRound(parts, 0)).toMatchObject({ failed: [expect.any(String)] });
    nowMs += visibilityMs;
  }
  expect(await ingestionRound(parts, 0)).toMatchObject({ jobs: 0 });
  expect(failures).toHaveLength(ingestionQueues.maxReceiveCount);
  expect(failures.join()).not.toContain("Ann.");
  const deadLetters = open.queueUrl.replace(ingestionQueues.name, ingestionQueues.deadLetterName);
  const { Messages = [] } = await open.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: deadLetters, VisibilityTimeout: 0 }),
  );
  expect(JSON.parse(Messages[0]?.Body ?? "")).toEqual({ kind: "ingest", ...session });
  open.awsLocal.clearFaults();
  expect(await open.queue.redrive(10)).toBe(1);
  expect(await ingestionRound(parts, 0)).toMatchObject({ turns: 2, failed: [] });
  expect(await stored()).toEqual([[1, 2]]);
});

test("a job whose events a tenant cannot pay for is done, and its session asked for again later", async () => {
  const meter = new CountingMeter(0);
  await enqueue();
  expect(await ingestionRound({ ...parts, meter }, 0)).toMatchObject({
    jobs: 1,
    events: 0,
    refused: 1,
    failed: [],
  });
  expect(await repairLost(tenantId, parts)).toBe(1);
  meter.budget = 1;
  expect(await ingestionRound({ ...parts, meter }, 0)).toMatchObject({ turns: 2, refused: 0 });
  expect(meter.used).toBe(open.awsLocal.witness({ tenant: tenantId }).memory.events);
});

test("a message that is no job is told and left to the dead letters", async () => {
  await open.sqs.send(new SendMessageCommand({ QueueUrl: open.queueUrl, MessageBody: "{}" }));
  expect(await ingestionRound(parts, 0)).toMatchObject({ jobs: 0 });
  expect(open.unreadable).toHaveLength(1);
});

test("a send that failed never fails the turn, and its session is found and asked for again", async () => {
  open.awsLocal.addFault({ service: "sqs", kind: "unavailable", operation: "SendMessage" });
  await enqueue();
  expect(failures).toHaveLength(1);
  expect(await repairLost(tenantId, parts)).toBe(1);
  expect(await ingestionRound(parts, 0)).toMatchObject({ turns: 2 });
  expect(await repairLost(tenantId, parts)).toBe(0);
  const { Attributes } = await open.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: open.queueUrl, AttributeNames: ["All"] }),
  );
  expect(Attributes).toMatchObject({ ApproximateNumberOfMessages: "0" });
});

test("throttled by AgentCore's real limits, every turn still gets in", async () => {
  open.awsLocal.setAgentCore({ rateLimits: true });
  const clock = new ManualClock(nowMs);
  const pause = async (durationMs: number) => {
    clock.advance(durationMs);
    nowMs += durationMs;
  };
  const paced = { ...parts, pause, pace: new IngestionPace({ clock, pause, accountPerSecond: 40 }) };
  sessions.add(session, ...Array.from({ length: 400 }, (_, index) => turn(index + 3, `turn ${index + 3}`)));
  await enqueue();
  expect(await ingestionRound(paced, 0)).toMatchObject({ turns: 402, failed: [] });
  nowMs += 1_000;
  expect((await stored()).flat().sort((a, b) => a - b)).toEqual(
    Array.from({ length: 402 }, (_, index) => index + 1),
  );
});
