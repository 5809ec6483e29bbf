/** What AgentCore Memory keeps: memories, events, records and failed extractions, in a file when there is a folder. */
import { z } from "zod";
import { KeyedStore } from "../keyed-store.ts";

const strategyTypes = ["SEMANTIC", "SUMMARIZATION", "USER_PREFERENCE", "EPISODIC", "CUSTOM"] as const;

const strategySchema = z.object({
  strategyId: z.string(),
  name: z.string(),
  description: z.string().optional(),
  type: z.enum(strategyTypes),
  namespaceTemplates: z.array(z.string()),
  /** Of an episodic strategy: where its reflections are. */
  reflectionTemplates: z.array(z.string()).optional(),
  createdAtMs: z.number(),
});
const memorySchema = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  memoryExecutionRoleArn: z.string().optional(),
  encryptionKeyArn: z.string().optional(),
  eventExpiryDuration: z.number(),
  strategies: z.array(strategySchema),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  /** When it leaves CREATING, UPDATING or DELETING. */
  settledAtMs: z.number(),
  changing: z.enum(["CREATING", "UPDATING", "DELETING"]),
  clientToken: z.string().optional(),
});
const eventSchema = z.object({
  memoryId: z.string(),
  actorId: z.string(),
  sessionId: z.string(),
  eventId: z.string(),
  timestampMs: z.number(),
  createdAtMs: z.number(),
  payload: z.array(z.record(z.string(), z.unknown())),
  branch: z.object({ name: z.string(), rootEventId: z.string().optional() }).optional(),
  metadata: z.record(z.string(), z.object({ stringValue: z.string() })).optional(),
  clientToken: z.string().optional(),
  /** Waits for the extraction; events without conversation never do. */
  pending: z.boolean(),
});
const recordSchema = z.object({
  memoryId: z.string(),
  recordId: z.string(),
  strategyId: z.string(),
  namespace: z.string(),
  text: z.string(),
  createdAtMs: z.number(),
  metadata: z.record(z.string(), z.record(z.string(), z.unknown())),
  /** What later extractions of the same thing replace. */
  key: z.string().optional(),
  /** The request of BatchCreateMemoryRecords that made it. */
  request: z.string().optional(),
});
const jobSchema = z.object({
  memoryId: z.string(),
  jobId: z.string(),
  eventId: z.string(),
  strategyId: z.string(),
  actorId: z.string(),
  sessionId: z.string(),
});

const schemas = { memory: memorySchema, event: eventSchema, record: recordSchema, job: jobSchema };

export type Memory = z.infer<typeof memorySchema>;
export type Strategy = z.infer<typeof strategySchema>;
export type StoredEvent = z.infer<typeof eventSchema>;
export type StoredRecord = z.infer<typeof recordSchema>;
export type FailedJob = z.infer<typeof jobSchema>;

export class State extends KeyedStore<typeof schemas> {
  constructor(path: string | undefined) {
    super(path, schemas);
  }
}
