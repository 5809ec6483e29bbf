/** RetrieveMemoryRecords, and the jobs of the extraction. Shared words stand in for AgentCore's embeddings. */
import { z } from "zod";
import { check } from "./errors.ts";
import { clientToken, maxResults, nextToken, strategyId } from "./identifiers.ts";
import { settledMemory } from "./memories.ts";
import type { Operation } from "./operation.ts";
import { pageOf } from "./page.ts";
import { recordsOf, recordView } from "./records.ts";

const retrieveSchema = z.strictObject({
  namespace: z.string().min(1).optional(),
  namespacePath: z.string().min(1).optional(),
  searchCriteria: z.strictObject({
    searchQuery: z.string().min(1).max(10_000),
    memoryStrategyId: strategyId.optional(),
    topK: z.number().int().min(1).max(100).default(10),
  }),
  maxResults,
  nextToken,
});
const jobsSchema = z.strictObject({
  maxResults,
  nextToken,
  filter: z
    .strictObject({
      strategyId: strategyId.optional(),
      sessionId: z.string().optional(),
      actorId: z.string().optional(),
      status: z.literal("FAILED").optional(),
    })
    .optional(),
});

export const retrieveOperations: readonly Operation[] = [
  {
    name: "RetrieveMemoryRecords",
    method: "POST",
    path: "/memories/{memoryId}/retrieve",
    status: 200,
    run: ({ json, labels }, parts) => {
      const { searchCriteria, namespace, namespacePath, ...page } = check(retrieveSchema, json);
      const memory = settledMemory(labels.memoryId, parts);
      const { memoryStrategyId, searchQuery, topK } = searchCriteria;
      const found = recordsOf(memory, { namespace, namespacePath, memoryStrategyId }, parts)
        .map((record) => ({ record, score: similarity(searchQuery, record.text) }))
        .sort((a, b) => b.score - a.score || b.record.createdAtMs - a.record.createdAtMs)
        .slice(0, topK);
      const { items, ...next } = pageOf(found, ({ record }) => record.recordId, page);
      const owner = namespace ?? namespacePath ?? "";
      parts.served({ operation: "RetrieveMemoryRecords", owner, storedAgain: false });
      const views = items.map(({ record, score }) => ({ ...recordView(record), score }));
      return { memoryRecordSummaries: views, ...next };
    },
  },
  {
    name: "ListMemoryExtractionJobs",
    method: "POST",
    path: "/memories/{memoryId}/extractionJobs",
    status: 200,
    run: ({ json, labels }, parts) => {
      const { filter = {}, ...page } = check(jobsSchema, json);
      const memory = settledMemory(labels.memoryId, parts);
      parts.extraction.catchUp();
      const jobs = parts.extraction
        .failedJobs(memory.id)
        .filter((job) => (filter.strategyId ?? job.strategyId) === job.strategyId)
        .filter((job) => (filter.sessionId ?? job.sessionId) === job.sessionId)
        .filter((job) => (filter.actorId ?? job.actorId) === job.actorId);
      const { items, ...next } = pageOf(jobs, ({ jobId }) => jobId, page);
      const views = items.map(({ jobId, eventId, memoryId: _, ...job }) => ({
        ...job,
        jobID: jobId,
        status: "FAILED",
        failureReason: "A fault asked for it.",
        messages: { messagesList: [{ eventId, messageIndex: 0 }] },
      }));
      return { jobs: views, ...next };
    },
  },
  {
    name: "StartMemoryExtractionJob",
    method: "POST",
    path: "/memories/{memoryId}/extractionJobs/start",
    status: 200,
    run: ({ json, labels }, parts) => {
      const job = z.strictObject({ jobId: z.string().min(1) });
      const { extractionJob } = check(
        z.strictObject({ clientToken: clientToken.optional(), extractionJob: job }),
        json,
      );
      parts.extraction.restart(settledMemory(labels.memoryId, parts), extractionJob.jobId);
      return { jobId: extractionJob.jobId };
    },
  },
];

/** The share of the query's words that a text has, between 0 and 1. */
function similarity(query: string, text: string): number {
  const words = wordsOf(query);
  const known = wordsOf(text);
  const shared = [...words].filter((word) => known.has(word)).length;
  return words.size === 0 ? 0 : shared / words.size;
}

function wordsOf(text: string): Set<string> {
  return new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);
}
