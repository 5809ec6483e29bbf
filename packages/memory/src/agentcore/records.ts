/** AgentCore's records: read without their strategy, and deleted in batches that may fail in part. */
import {
  BatchDeleteMemoryRecordsCommand,
  type BedrockAgentCoreClient,
  type MemoryRecordSummary,
} from "@aws-sdk/client-bedrock-agentcore";
import { CaprockError } from "@caprock/domain";
import type { MemoryRecord } from "../long-term/long-term-memory.ts";
import { memoryFailure } from "./errors.ts";

export type StoredRecord = Omit<MemoryRecord, "strategy">;

const mostInBatch = 100;
const mostPasses = 4;
const notFound = 404;

export function toStoredRecord(summary: MemoryRecordSummary): StoredRecord {
  return {
    recordId: summary.memoryRecordId ?? "",
    text: summary.content?.text ?? "",
    atMs: summary.createdAt?.getTime() ?? 0,
    namespace: summary.namespaces?.[0] ?? "",
  };
}

/**
 * Deletes records and tells how many are gone. A batch answers 2xx although some of it failed: what failed is tried
 * again, and what still fails is a CaprockError.
 */
export async function deleteRecords(
  client: BedrockAgentCoreClient,
  memoryId: string,
  records: readonly StoredRecord[],
): Promise<number> {
  let left = records.map(({ recordId, namespace }) => ({ memoryRecordId: recordId, namespace }));
  for (let pass = 1; left.length > 0; pass++) {
    const failed = new Set<string>();
    for (let start = 0; start < left.length; start += mostInBatch) {
      const batch = left.slice(start, start + mostInBatch);
      try {
        const { failedRecords = [] } = await client.send(
          new BatchDeleteMemoryRecordsCommand({ memoryId, records: batch }),
        );
        for (const { memoryRecordId, errorCode } of failedRecords) {
          if (memoryRecordId !== undefined && errorCode !== notFound) {
            failed.add(memoryRecordId);
          }
        }
      } catch (error) {
        throw memoryFailure(error);
      }
    }
    left = left.filter(({ memoryRecordId }) => failed.has(memoryRecordId));
    if (left.length > 0 && pass === mostPasses) {
      throw new CaprockError({
        code: "upstream_failed",
        message: `Long-term memory did not delete ${left.length} of ${records.length} records in ${mostPasses} attempts.`,
      });
    }
  }
  return records.length;
}
