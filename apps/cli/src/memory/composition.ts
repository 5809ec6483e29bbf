/** Opens long-term memory for the command: that of the local platform, or a deployment's. */
import type { IngestionQueue, LongTermMemory } from "@caprock/memory";
import { AgentCoreMemory, ensureMemory } from "@caprock/memory/agentcore";
import { createLocalQueues, SqsIngestionQueue } from "@caprock/memory/sqs";
import {
  createAgentCoreClient,
  createAgentCoreControlClient,
  createSqsClient,
  localCredentials,
} from "@caprock/platform";

/** What a deployment's long-term memory consists of; Terraform prints all of it. */
export interface MemoryAddress {
  readonly memoryId: string;
  readonly queueUrl: string;
  readonly deadLetterUrl: string;
}

export interface OpenMemory {
  readonly memory: LongTermMemory;
  readonly queue: IngestionQueue;
  close(): void;
}

/** AgentCore's names have no hyphens. */
const localMemoryName = "caprock_local";

/** Makes the local memory and its queues where they are missing; the table is made with the others. */
export async function ensureLocalMemory(awsLocalUrl: string, namePrefix: string): Promise<MemoryAddress> {
  const access = { region: "us-east-1", endpoint: awsLocalUrl, credentials: localCredentials };
  const control = createAgentCoreControlClient(access);
  const sqs = createSqsClient(access);
  try {
    const memoryId = await ensureMemory(control, localMemoryName);
    return { memoryId, ...(await createLocalQueues(sqs, namePrefix)) };
  } finally {
    control.destroy();
    sqs.destroy();
  }
}

/** Opens a memory on AWS, or on the local AWS at `endpoint`. */
export function openMemory(
  { memoryId, queueUrl, deadLetterUrl }: MemoryAddress,
  where: { readonly region: string; readonly endpoint?: string },
): OpenMemory {
  const access = where.endpoint === undefined ? where : { ...where, credentials: localCredentials };
  const client = createAgentCoreClient(access);
  const sqs = createSqsClient(access);
  return {
    memory: new AgentCoreMemory({ client, memoryId }),
    // The command puts messages back as they are; what they say is the worker's business.
    queue: new SqsIngestionQueue({ client: sqs, queueUrl, deadLetterUrl, onUnreadable: () => undefined }),
    close() {
      client.destroy();
      sqs.destroy();
    },
  };
}
