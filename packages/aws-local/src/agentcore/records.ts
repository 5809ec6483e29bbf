/** Memory records: listing, reading, deleting and the batches, which may fail in part. */
import { z } from "zod";
import { AgentCoreError, check } from "./errors.ts";
import {
  clientToken,
  maxResults,
  namespace,
  nextToken,
  recordId,
  requestIdentifier,
  strategyId,
  timestamp,
} from "./identifiers.ts";
import { settledMemory } from "./memories.ts";
import { namespaceTest, normalizeNamespace } from "./namespaces.ts";
import type { AgentCoreParts, Operation } from "./operation.ts";
import { pageOf } from "./page.ts";
import { newRecordId } from "./records-of.ts";
import type { Memory, StoredRecord } from "./state.ts";

const mostBatchRecords = 100;
const content = z.strictObject({ text: z.string().min(1).max(16_000) });
const metadata = z
  .record(z.string().min(1).max(128), z.record(z.string(), z.unknown()))
  .refine((entries) => Object.keys(entries).length <= 20, "at most 20 entries");
const namespaces = z.array(namespace).max(1);
const createSchema = z.strictObject({
  clientToken: clientToken.optional(),
  records: z
    .array(
      z.strictObject({
        requestIdentifier,
        namespaces,
        content,
        timestamp,
        memoryStrategyId: strategyId.optional(),
        metadata: metadata.optional(),
      }),
    )
    .min(1)
    .max(mostBatchRecords),
});
const updateSchema = z.strictObject({
  clientToken: clientToken.optional(),
  records: z
    .array(
      z.strictObject({
        memoryRecordId: recordId,
        timestamp,
        content: content.optional(),
        namespaces: namespaces.optional(),
        sourceNamespaces: namespaces.optional(),
        memoryStrategyId: strategyId.optional(),
        metadata: metadata.optional(),
      }),
    )
    .min(1)
    .max(mostBatchRecords),
});
const deleteSchema = z.strictObject({
  records: z
    .array(z.strictObject({ memoryRecordId: recordId, namespace: z.string().optional() }))
    .min(1)
    .max(mostBatchRecords),
});
const listSchema = z.strictObject({
  namespace: z.string().min(1).optional(),
  namespacePath: z.string().min(1).optional(),
  memoryStrategyId: strategyId.optional(),
  maxResults,
  nextToken,
});

export const recordOperations: readonly Operation[] = [
  {
    name: "ListMemoryRecords",
    method: "POST",
    path: "/memories/{memoryId}/memoryRecords",
    status: 200,
    run: ({ json, labels }, parts) => {
      const asked = check(listSchema, json);
      const memory = settledMemory(labels.memoryId, parts);
      const found = recordsOf(memory, asked, parts).sort((a, b) => b.createdAtMs - a.createdAtMs);
      const { items, ...next } = pageOf(found, (one) => one.recordId, asked);
      return { memoryRecordSummaries: items.map(recordView), ...next };
    },
  },
  {
    name: "GetMemoryRecord",
    method: "GET",
    path: "/memories/{memoryId}/memoryRecord/{memoryRecordId}",
    status: 200,
    run: ({ labels }, parts) => {
      const memory = settledMemory(labels.memoryId, parts);
      return { memoryRecord: recordView(recordAt(memory, check(recordId, labels.memoryRecordId), parts)) };
    },
  },
  {
    name: "DeleteMemoryRecord",
    method: "DELETE",
    path: "/memories/{memoryId}/memoryRecords/{memoryRecordId}",
    status: 200,
    run: ({ labels }, parts) => {
      const memory = settledMemory(labels.memoryId, parts);
      const record = recordAt(memory, check(recordId, labels.memoryRecordId), parts);
      parts.state.delete("record", record.recordId);
      return { memoryRecordId: record.recordId };
    },
  },
  {
    name: "BatchCreateMemoryRecords",
    method: "POST",
    path: "/memories/{memoryId}/memoryRecords/batchCreate",
    status: 201,
    run: ({ json, labels }, parts) => {
      const { records, clientToken: token } = check(createSchema, json);
      const memory = settledMemory(labels.memoryId, parts);
      return eachRecord(records, parts, (one) => {
        const request = token === undefined ? undefined : `${token} ${one.requestIdentifier}`;
        const same = parts.state
          .all("record")
          .find(
            (known) => request !== undefined && known.memoryId === memory.id && known.request === request,
          );
        const strategy = one.memoryStrategyId ?? memory.strategies[0]?.strategyId ?? "none";
        if (
          one.memoryStrategyId &&
          !memory.strategies.some((known) => known.strategyId === one.memoryStrategyId)
        ) {
          throw new AgentCoreError("ValidationException", `Strategy ${one.memoryStrategyId} does not exist.`);
        }
        const record: StoredRecord = same ?? {
          memoryId: memory.id,
          recordId: newRecordId(),
          strategyId: strategy,
          namespace: normalizeNamespace(one.namespaces[0] ?? ""),
          text: one.content.text,
          createdAtMs: one.timestamp * 1_000,
          metadata: one.metadata ?? {},
          request,
        };
        parts.state.put("record", record.recordId, record);
        return { memoryRecordId: record.recordId, requestIdentifier: one.requestIdentifier };
      });
    },
  },
  {
    name: "BatchUpdateMemoryRecords",
    method: "POST",
    path: "/memories/{memoryId}/memoryRecords/batchUpdate",
    status: 200,
    run: ({ json, labels }, parts) => {
      const { records } = check(updateSchema, json);
      const memory = settledMemory(labels.memoryId, parts);
      return eachRecord(records, parts, (one) => {
        const known = recordAt(memory, one.memoryRecordId, parts);
        parts.state.put("record", known.recordId, {
          ...known,
          text: one.content?.text ?? known.text,
          namespace:
            one.namespaces?.[0] === undefined ? known.namespace : normalizeNamespace(one.namespaces[0]),
          strategyId: one.memoryStrategyId ?? known.strategyId,
          metadata: one.metadata ?? known.metadata,
          createdAtMs: one.timestamp * 1_000,
        });
        return { memoryRecordId: known.recordId };
      });
    },
  },
  {
    name: "BatchDeleteMemoryRecords",
    method: "POST",
    path: "/memories/{memoryId}/memoryRecords/batchDelete",
    status: 200,
    run: ({ json, labels }, parts) => {
      const { records } = check(deleteSchema, json);
      const memory = settledMemory(labels.memoryId, parts);
      return eachRecord(records, parts, ({ memoryRecordId }) => {
        parts.state.delete("record", recordAt(memory, memoryRecordId, parts).recordId);
        return { memoryRecordId };
      });
    },
  },
];

interface RecordQuery {
  readonly namespace?: string | undefined;
  readonly namespacePath?: string | undefined;
  readonly memoryStrategyId?: string | undefined;
}

/** The records under a namespace, extractions that are due included. Throws a ValidationException. */
export function recordsOf(
  memory: Memory,
  query: RecordQuery,
  { state, extraction }: AgentCoreParts,
): StoredRecord[] {
  const covers = namespaceTest(query);
  extraction.catchUp();
  return state
    .all("record")
    .filter((one) => one.memoryId === memory.id && covers(one.namespace))
    .filter((one) => (query.memoryStrategyId ?? one.strategyId) === one.strategyId);
}

function recordAt(memory: Memory, id: string, { state, extraction }: AgentCoreParts): StoredRecord {
  extraction.catchUp();
  const record = state.get("record", id);
  if (record?.memoryId !== memory.id) {
    throw new AgentCoreError("ResourceNotFoundException", `Memory record ${id} does not exist.`);
  }
  return record;
}

export function recordView(record: StoredRecord): object {
  const { namespace: own, text, createdAtMs, metadata: entries } = record;
  return {
    memoryRecordId: record.recordId,
    content: { text },
    memoryStrategyId: record.strategyId,
    namespaces: [own],
    createdAt: createdAtMs / 1_000,
    ...(Object.keys(entries).length > 0 ? { metadata: entries } : {}),
  };
}

type Named = { readonly memoryRecordId?: string; readonly requestIdentifier?: string };

/** One failed record does not fail the others, and the call answers 2xx all the same. */
function eachRecord<R extends Named>(
  records: readonly R[],
  { recordFails }: AgentCoreParts,
  work: (record: R) => object,
): object {
  const successfulRecords: object[] = [];
  const failedRecords: object[] = [];
  for (const record of records) {
    try {
      if (recordFails()) {
        throw new AgentCoreError("InternalServerException", "The record failed, as a fault asked.");
      }
      successfulRecords.push({ ...work(record), status: "SUCCEEDED" });
    } catch (error) {
      if (!(error instanceof AgentCoreError)) {
        throw error;
      }
      failedRecords.push({
        memoryRecordId: record.memoryRecordId ?? "",
        ...(record.requestIdentifier === undefined ? {} : { requestIdentifier: record.requestIdentifier }),
        status: "FAILED",
        errorCode: error.httpStatus,
        errorMessage: error.message,
      });
    }
  }
  return { successfulRecords, failedRecords };
}
