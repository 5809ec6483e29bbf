/** Builds what takes sessions into long-term memory, from the settings of a worker. */
import { IngestionPace } from "@caprock/memory";
import { AgentCoreMemory } from "@caprock/memory/agentcore";
import { BedrockSessionStore } from "@caprock/memory/bedrock-sessions";
import { DynamoIngestionMarks, DynamoSessionStore } from "@caprock/memory/dynamodb";
import { SqsIngestionQueue } from "@caprock/memory/sqs";
import {
  systemClock as clock,
  createAgentCoreClient,
  createBedrockSessionsClient,
  createDocumentClient,
  createSqsClient,
  type Logger,
  systemRandom as random,
  systemPause,
  type WorkerSettings,
} from "@caprock/platform";
import { DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import type { LongTermWork } from "./long-term-work.ts";

/** Undefined where the deployment has no long-term memory. `eventsPerSecond` is this process's share of the account's. */
export function composeLongTermWork(
  settings: WorkerSettings,
  logger: Logger,
  eventsPerSecond: number,
): LongTermWork | undefined {
  const { CAPROCK_MEMORY_ID: memoryId, CAPROCK_MEMORY_QUEUE_URL: queueUrl, AWS_REGION: region } = settings;
  if (memoryId === undefined || queueUrl === undefined) {
    return undefined;
  }
  const client = createDocumentClient({ region });
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const tenants = new DynamoTenantStore(client, prefix);
  // It reads sessions and writes none, so that nothing is kept by it.
  const reading = { client, tablePrefix: prefix, clock, keptForMs: 0 };
  return {
    memory: new AgentCoreMemory({ client: createAgentCoreClient({ region }), memoryId }),
    turns:
      settings.CAPROCK_SESSION_STORE === "bedrock"
        ? new BedrockSessionStore({ ...reading, bedrock: createBedrockSessionsClient({ region }) })
        : new DynamoSessionStore(reading),
    marks: new DynamoIngestionMarks(client, prefix),
    queue: new SqsIngestionQueue({
      client: createSqsClient({ region }),
      queueUrl,
      onUnreadable: (messageId) =>
        logger.error({ messageId }, "no ingestion job; it goes to the dead letters"),
    }),
    pace: new IngestionPace({ clock, pause: systemPause, accountPerSecond: eventsPerSecond }),
    pause: systemPause,
    random,
    tenants: () => tenants.list(),
    onFailure: ({ tenantId }, error) =>
      logger.error({ tenantId, err: error }, "session not ingested; its job is delivered again"),
  };
}
