/** For tests: long-term memory, its marks and its queue on a local AWS of their own. */
import type { BedrockAgentCoreControlClient } from "@aws-sdk/client-bedrock-agentcore-control";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type AwsLocal, type AwsLocalOptions, createTables, startAwsLocal } from "@caprock/aws-local";
import {
  createAgentCoreClient,
  createAgentCoreControlClient,
  createDocumentClient,
  localCredentials,
} from "@caprock/platform";
import { AgentCoreMemory } from "../agentcore/agentcore-memory.ts";
import { ensureMemory } from "../agentcore/ensure-memory.ts";
import { DynamoIngestionMarks } from "../dynamodb/ingestion-marks.ts";
import { createLocalQueues } from "../sqs/create-local-queues.ts";
import { SqsIngestionQueue } from "../sqs/ingestion-queue.ts";
import { ingestionsTable } from "../tables.ts";

export interface OpenMemory {
  readonly awsLocal: AwsLocal;
  readonly control: BedrockAgentCoreControlClient;
  readonly memoryId: string;
  readonly memory: AgentCoreMemory;
  readonly marks: DynamoIngestionMarks;
  readonly queue: SqsIngestionQueue;
  /** Messages that were no jobs. */
  readonly unreadable: (string | undefined)[];
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  close(): Promise<void>;
}

/** Without limits on calls a second, unless told otherwise. */
export async function openMemory(options: AwsLocalOptions = {}): Promise<OpenMemory> {
  const awsLocal = await startAwsLocal({ agentCore: { rateLimits: false }, ...options });
  const access = { region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials };
  const control = createAgentCoreControlClient(access);
  const client = createAgentCoreClient(access);
  const sqs = new SQSClient({ ...access, maxAttempts: 1 });
  const documents = createDocumentClient(access);
  await createTables(documents, "test", [ingestionsTable]);
  const memoryId = await ensureMemory(control, "caprock");
  const { queueUrl, deadLetterUrl } = await createLocalQueues(sqs, "test");
  const unreadable: (string | undefined)[] = [];
  return {
    awsLocal,
    control,
    memoryId,
    memory: new AgentCoreMemory({ client, memoryId }),
    marks: new DynamoIngestionMarks(documents, "test"),
    queue: new SqsIngestionQueue({
      client: sqs,
      queueUrl,
      deadLetterUrl,
      onUnreadable: (id) => unreadable.push(id),
    }),
    unreadable,
    sqs,
    queueUrl,
    async close() {
      control.destroy();
      client.destroy();
      sqs.destroy();
      documents.destroy();
      await awsLocal.close();
    },
  };
}
