/** Turns events into records once their lag is over, whenever somebody looks; failed jobs wait to be started again. */
import { newId } from "../system.ts";
import { AgentCoreError } from "./errors.ts";
import { extract } from "./extract.ts";
import { resolveTemplate } from "./namespaces.ts";
import { newRecordId, sameSession } from "./records-of.ts";
import type { FailedJob, Memory, State, StoredEvent, Strategy } from "./state.ts";

/** Tells readers that no model wrote a record. */
const simulated = { simulated: { stringValue: "aws-local: extracted by fixed rules" } };

export class Extraction {
  readonly #state: State;
  readonly #nowMs: () => number;
  /** How long after its event a record can be seen. */
  lagMs = 0;
  /** How many of the next events fail to be extracted. */
  failNext = 0;

  constructor(state: State, nowMs: () => number) {
    this.#state = state;
    this.#nowMs = nowMs;
  }

  /** Extracts what is due, oldest first. */
  catchUp(): void {
    const nowMs = this.#nowMs();
    const due = this.#state
      .all("event")
      .filter((event) => event.pending && event.createdAtMs + this.lagMs <= nowMs)
      .sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
    for (const event of due) {
      this.#state.put("event", event.eventId, { ...event, pending: false });
      const memory = this.#state.get("memory", event.memoryId);
      const failed = this.failNext > 0;
      this.failNext -= failed ? 1 : 0;
      for (const strategy of memory?.strategies ?? []) {
        if (failed || memory === undefined) {
          this.#fail(event, strategy);
        } else {
          // Whenever somebody looks, a record is as old as if it had been made when it was due.
          this.#run(memory, event, strategy, event.createdAtMs + this.lagMs);
        }
      }
    }
  }

  failedJobs(memoryId: string): FailedJob[] {
    return this.#state.all("job").filter((job) => job.memoryId === memoryId);
  }

  /** Runs a failed job again. Throws ResourceNotFoundException. */
  restart(memory: Memory, jobId: string): void {
    const job = this.#state.get("job", jobId);
    if (job?.memoryId !== memory.id) {
      throw new AgentCoreError("ResourceNotFoundException", `Extraction job ${jobId} does not exist.`);
    }
    this.#state.delete("job", jobId);
    const event = this.#state.get("event", job.eventId);
    const strategy = memory.strategies.find(({ strategyId }) => strategyId === job.strategyId);
    if (event !== undefined && strategy !== undefined) {
      this.#run(memory, event, strategy, this.#nowMs());
    }
  }

  #fail({ memoryId, eventId, actorId, sessionId }: StoredEvent, { strategyId }: Strategy): void {
    const jobId = newId();
    this.#state.put("job", jobId, { memoryId, jobId, eventId, strategyId, actorId, sessionId });
  }

  #run(memory: Memory, event: StoredEvent, strategy: Strategy, createdAtMs: number): void {
    const { strategyId } = strategy;
    const { actorId, sessionId } = event;
    const earlier = this.#state
      .all("event")
      .filter((one) => sameSession(one, event) && one.eventId <= event.eventId)
      .sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
    for (const template of strategy.namespaceTemplates) {
      const namespace = resolveTemplate(template, { actorId, sessionId, memoryStrategyId: strategyId });
      const known = this.#state
        .all("record")
        .filter(
          (one) => one.memoryId === memory.id && one.strategyId === strategyId && one.namespace === namespace,
        );
      for (const { text, key } of extract(strategy.type, event, earlier)) {
        const recordId = known.find((one) => one.key === key)?.recordId ?? newRecordId();
        const record = { memoryId: memory.id, recordId, strategyId, namespace, text, createdAtMs, key };
        this.#state.put("record", recordId, { ...record, metadata: simulated });
        known.push({ ...record, metadata: simulated });
      }
    }
  }
}
