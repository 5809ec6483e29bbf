/** What AgentCore Memory keeps: memories, events, records and failed extractions, in a file when there is a folder. */
import { z } from "zod";
import { JsonLines } from "../json-lines.ts";

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
interface Kinds {
  memory: Memory;
  event: StoredEvent;
  record: StoredRecord;
  job: FailedJob;
}
export type Kind = keyof Kinds;

const changeSchema = z.object({
  kind: z.enum(["memory", "event", "record", "job"]),
  key: z.string(),
  /** Absent when it was deleted. */
  value: z.unknown().optional(),
});
type Change = z.infer<typeof changeSchema>;

export class State {
  readonly #file: JsonLines<Change>;
  readonly #maps: { [K in Kind]: Map<string, Kinds[K]> } = {
    memory: new Map(),
    event: new Map(),
    record: new Map(),
    job: new Map(),
  };

  constructor(path: string | undefined) {
    this.#file = new JsonLines(path, changeSchema);
    const changes = this.#file.read();
    for (const { kind, key, value } of changes) {
      this.#set(kind, key, value);
    }
    if (changes.length > 0) {
      this.#file.rewrite(
        (Object.keys(this.#maps) as Kind[]).flatMap((kind) =>
          [...this.#maps[kind]].map(([key, value]) => ({ kind, key, value })),
        ),
      );
    }
  }

  all<K extends Kind>(kind: K): Kinds[K][] {
    return [...this.#maps[kind].values()];
  }

  get<K extends Kind>(kind: K, key: string): Kinds[K] | undefined {
    return this.#maps[kind].get(key);
  }

  put<K extends Kind>(kind: K, key: string, value: Kinds[K]): void {
    this.#maps[kind].set(key, value);
    this.#file.append([{ kind, key, value }]);
  }

  delete(kind: Kind, key: string): void {
    if (this.#maps[kind].delete(key)) {
      this.#file.append([{ kind, key }]);
    }
  }

  close(): void {
    this.#file.close();
  }

  #set(kind: Kind, key: string, value: unknown): void {
    if (value === undefined) {
      this.#maps[kind].delete(key);
    } else {
      const map: Map<string, unknown> = this.#maps[kind];
      map.set(key, schemas[kind].parse(value));
    }
  }
}
