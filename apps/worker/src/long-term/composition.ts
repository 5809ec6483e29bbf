/** Builds what takes sessions into long-term memory, from the settings of a worker. */
import { IngestionPace } from "@caprock/memory";
import { AgentCoreMemory } from "@caprock/memory/agentcore";
import { BedrockSessionStore } from "@caprock/memory/bedrock-sessions";
import { DynamoIngestionMarks, DynamoSessionStore } from "@caprock/memory/dynamodb";
import { S3TurnBodies } from "@caprock/memory/s3";
import { SqsIngestionQueue } from "@caprock/memory/sqs";
import { currentPriceBook, HoldAdmission } from "@caprock/metering";
import {
  systemClock as clock,
  createAgentCoreClient,
  createBedrockSessionsClient,
  createS3Client,
  createSqsClient,
  type Logger,
  systemRandom as random,
  systemPause,
  type WorkerSettings,
} from "@caprock/platform";
import { DynamoPlatformLimitsStore } from "@caprock/tenancy/dynamodb";
import type { Books } from "../books/composition.ts";
import { AdmittedEvents } from "./admitted-events.ts";
import type { LongTermWork } from "./long-term-work.ts";

/** Undefined where the deployment has no long-term memory. `eventsPerSecond` is this process's share of the account's. */
export function composeLongTermWork(
  settings: WorkerSettings,
  logger: Logger,
  eventsPerSecond: number,
  { client, tenants, accounts, ledger }: Books,
): LongTermWork | undefined {
  const { CAPROCK_MEMORY_ID: memoryId, CAPROCK_MEMORY_QUEUE_URL: queueUrl, AWS_REGION: region } = settings;
  if (memoryId === undefined || queueUrl === undefined) {
    return undefined;
  }
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const holdTtlMs = settings.CAPROCK_HOLD_TTL_MS;
  const platformLimits = new DynamoPlatformLimitsStore(client, prefix);
  // It reads sessions and writes none, so that nothing is kept by it.
  const reading = { client, tablePrefix: prefix, clock, keptForMs: 0 };
  return {
    memory: new AgentCoreMemory({ client: createAgentCoreClient({ region }), memoryId }),
    turns:
      settings.CAPROCK_SESSION_STORE === "bedrock"
        ? new BedrockSessionStore({ ...reading, bedrock: createBedrockSessionsClient({ region }) })
        : new DynamoSessionStore({
            ...reading,
            bodies: new S3TurnBodies(createS3Client({ region }), settings.CAPROCK_TURN_BODIES_BUCKET),
          }),
    marks: new DynamoIngestionMarks(client, prefix),
    queue: new SqsIngestionQueue({
      client: createSqsClient({ region }),
      queueUrl,
      onUnreadable: (messageId) =>
        logger.error({ messageId }, "no ingestion job; it goes to the dead letters"),
    }),
    meter: new AdmittedEvents({
      // What an event costs is known before it is sent, so that there is nothing to learn of it later.
      admission: new HoldAdmission({
        accounts,
        ledger,
        clock,
        holdTtlMs,
        resolvesLater: false,
        pause: systemPause,
      }),
      ledger,
      tenants,
      platformLimits: () => platformLimits.read(),
      priceBook: currentPriceBook(),
      clock,
      random,
      holdTtlMs,
    }),
    pace: new IngestionPace({ clock, pause: systemPause, accountPerSecond: eventsPerSecond }),
    pause: systemPause,
    random,
    tenants: () => tenants.list(),
    onFailure: ({ tenantId }, error) =>
      logger.error({ tenantId, err: error }, "session not ingested; its job is delivered again"),
  };
}
