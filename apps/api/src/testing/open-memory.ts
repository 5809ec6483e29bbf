/** For tests: what an API on a local AWS remembers: sessions, vectors and long-term memory. */
import type { ManualClock } from "@caprock/domain";
import type { LongTermParts } from "@caprock/memory";
import { AgentCoreMemory, ensureMemory } from "@caprock/memory/agentcore";
import { DynamoIngestionMarks, DynamoSessionStore, DynamoVectorStore } from "@caprock/memory/dynamodb";
import { createLocalBucket, S3TurnBodies } from "@caprock/memory/s3";
import { createAgentCoreClient, createAgentCoreControlClient, createS3Client } from "@caprock/platform";
import type { LocalAws } from "./local-aws.ts";

export const keptForMs = 86_400_000;
const turnBodiesBucket = "test-turn-bodies";

export async function openMemory(
  { client, prefix, access }: LocalAws,
  clock: ManualClock,
  waiting: Pick<LongTermParts, "deadline" | "inBackground">,
) {
  const s3 = createS3Client(access);
  await createLocalBucket(s3, turnBodiesBucket);
  const memoryId = await ensureMemory(createAgentCoreControlClient(access), "test");
  const parts = { client, tablePrefix: prefix, clock, keptForMs };
  return {
    sessions: new DynamoSessionStore({ ...parts, bodies: new S3TurnBodies(s3, turnBodiesBucket) }),
    vectors: new DynamoVectorStore(parts),
    longTerm: {
      memory: new AgentCoreMemory({ client: createAgentCoreClient(access), memoryId }),
      marks: new DynamoIngestionMarks(client, prefix),
      ...waiting,
    },
  };
}

export type OpenMemory = Awaited<ReturnType<typeof openMemory>>;
