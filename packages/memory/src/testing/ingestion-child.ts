/** For tests: a worker process that sends a session's turns, tells so, and then waits to be killed. */
import {
  createAgentCoreClient,
  createDocumentClient,
  createSqsClient,
  localCredentials,
  systemClock,
  systemPause,
  systemRandom,
} from "@caprock/platform";
import { AgentCoreMemory } from "../agentcore/agentcore-memory.ts";
import { DynamoIngestionMarks } from "../dynamodb/ingestion-marks.ts";
import { IngestionPace } from "../long-term/ingestion-pace.ts";
import { ingestionRound } from "../long-term/ingestion-round.ts";
import { SqsIngestionQueue } from "../sqs/ingestion-queue.ts";
import { CountingMeter } from "./counting-meter.ts";
import { MapSessions, turn } from "./sessions.ts";

const [endpoint = "", memoryId = "", queueUrl = ""] = process.argv.slice(2);
const access = { region: "us-east-1", endpoint, credentials: localCredentials };
const sessions = new MapSessions();
sessions.add(
  { tenantId: "t000000000001", actorId: "ann", sessionId: "s1" },
  turn(1, "I am Ann."),
  turn(2, "Hi."),
);
const memory = new AgentCoreMemory({ client: createAgentCoreClient(access), memoryId });
const ingest = memory.ingest.bind(memory);
memory.ingest = async (...args) => {
  await ingest(...args);
  process.stdout.write("sent\n");
  await new Promise(() => setInterval(() => undefined, 1_000));
};
await ingestionRound(
  {
    memory,
    turns: sessions,
    marks: new DynamoIngestionMarks(createDocumentClient(access), "test"),
    meter: new CountingMeter(),
    queue: new SqsIngestionQueue({
      client: createSqsClient(access),
      queueUrl,
      onUnreadable: () => undefined,
    }),
    pace: new IngestionPace({ clock: systemClock, pause: systemPause, accountPerSecond: 10 }),
    pause: systemPause,
    random: systemRandom,
    onFailure: () => process.exit(1),
  },
  1_000,
);
