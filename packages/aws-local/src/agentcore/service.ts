/** AgentCore Memory: both planes over restJson1, with AWS's limits and with faults. */
import { join } from "node:path";
import { accountId } from "../account.ts";
import type { Exchange } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import { OperationTable, type RestService, serveRestJson } from "../rest-json.ts";
import { AgentCoreError, type AgentCoreErrorName } from "./errors.ts";
import { eventOperations } from "./events.ts";
import { Extraction } from "./extraction.ts";
import { memoryOperations } from "./memories.ts";
import type { AgentCoreParts, Operation } from "./operation.ts";
import { Rates } from "./rates.ts";
import { recordOperations } from "./records.ts";
import { retrieveOperations } from "./retrieve.ts";
import { State } from "./state.ts";

/** How AgentCore behaves; what is left out stays as it was. */
export interface AgentCoreBehaviour {
  /** How long after an event its records can be seen; 0 at first. */
  readonly extractionLagMs?: number | undefined;
  /** How long a memory stays CREATING or UPDATING; 0 at first. */
  readonly settlingMs?: number | undefined;
  /** Whether calls a second are limited; they are at first. */
  readonly rateLimits?: boolean | undefined;
  /** How many of the next events fail to be extracted. */
  readonly failExtractions?: number | undefined;
  /** How many of the next records in batches fail by themselves. */
  readonly failRecords?: number | undefined;
}

export interface AgentCore {
  serve(exchange: Exchange): Promise<void>;
  behave(change: AgentCoreBehaviour): Required<AgentCoreBehaviour>;
  close(): void;
}

/** What the paths of both planes begin with. */
export const agentCorePath = "/memories/";

const operations = new OperationTable<Operation>([
  ...memoryOperations,
  ...eventOperations,
  ...recordOperations,
  ...retrieveOperations,
]);

/** Opens what is kept in `folder`; without one it is forgotten at close. */
export function openAgentCore(
  folder: string | undefined,
  faults: Faults,
  {
    nowMs,
    region,
    served,
  }: {
    readonly nowMs: () => number;
    readonly region: string;
    readonly served: AgentCoreParts["served"];
  },
): AgentCore {
  const state = new State(folder && join(folder, "memory.jsonl"));
  const extraction = new Extraction(state, nowMs);
  const rates = new Rates(nowMs);
  let settlingMs = 0;
  let failRecords = 0;
  const parts: AgentCoreParts = {
    state,
    extraction,
    nowMs,
    settlingMs: () => settlingMs,
    served,
    arnPrefix: `arn:aws:bedrock-agentcore:${region}:${accountId}`,
    takeSession: (session, conversational) => rates.takeSession(session, conversational),
    recordFails: () => {
      const fails = failRecords > 0;
      failRecords -= fails ? 1 : 0;
      return fails;
    },
  };
  const service: RestService<AgentCoreParts, AgentCoreErrorName> = {
    operations,
    parts,
    errorOf: (name, message, reason) => new AgentCoreError(name, message, reason),
    throttled: "ThrottledException",
    takeFault: (operation) => faults.takeAgentCore(operation),
    admit: (operation) => rates.take(operation),
  };
  return {
    serve: (exchange) => serveRestJson(exchange, service),
    behave(change) {
      extraction.lagMs = change.extractionLagMs ?? extraction.lagMs;
      extraction.failNext = change.failExtractions ?? extraction.failNext;
      settlingMs = change.settlingMs ?? settlingMs;
      failRecords = change.failRecords ?? failRecords;
      rates.enforced = change.rateLimits ?? rates.enforced;
      return {
        extractionLagMs: extraction.lagMs,
        failExtractions: extraction.failNext,
        settlingMs,
        failRecords,
        rateLimits: rates.enforced,
      };
    },
    close: () => state.close(),
  };
}
