/** AgentCore Memory: both planes over restJson1, with AWS's limits and with faults. */
import { join } from "node:path";
import { accountId } from "../account.ts";
import type { Exchange } from "../exchange.ts";
import type { AgentCoreFault, Faults } from "../faults.ts";
import { OperationTable, readJson } from "../rest-json.ts";
import { newId, sleep } from "../system.ts";
import { AgentCoreError } from "./errors.ts";
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
  return {
    async serve(exchange) {
      const headers = { "x-amzn-requestid": newId() };
      try {
        const { operation, labels } = find(exchange);
        const fault = faults.takeAgentCore(operation.name);
        await strikeBefore(fault, exchange);
        rates.take(operation.name);
        const answer = operation.run({ json: bodyOf(exchange), labels, query: exchange.query }, parts);
        if (fault?.kind === "lostAnswer") {
          exchange.cut();
        } else {
          exchange.sendJson(operation.status, answer, headers);
        }
      } catch (error) {
        const known =
          error instanceof AgentCoreError
            ? error
            : new AgentCoreError("InternalServerException", "aws-local failed.");
        const { name, message, reason, httpStatus } = known;
        const body = { message, ...(reason === undefined ? {} : { reason }) };
        exchange.sendJson(httpStatus, body, { ...headers, "x-amzn-errortype": name });
        if (known !== error) {
          throw error;
        }
      }
    },
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

function find(exchange: Exchange): { operation: Operation; labels: Record<string, string> } {
  try {
    const found = operations.find(exchange);
    if (found) {
      return found;
    }
  } catch {
    throw new AgentCoreError("ValidationException", "The path is not percent-encoded as it should be.");
  }
  throw new AgentCoreError(
    "ResourceNotFoundException",
    `aws-local does not serve ${exchange.method} ${exchange.path}.`,
  );
}

function bodyOf({ body }: Exchange): unknown {
  try {
    return readJson(body);
  } catch {
    throw new AgentCoreError("ValidationException", "The body is not JSON.", "CannotParse");
  }
}

async function strikeBefore(fault: AgentCoreFault | undefined, exchange: Exchange): Promise<void> {
  switch (fault?.kind) {
    case "throttle":
      throw new AgentCoreError(fault.name ?? "ThrottledException", "Rate exceeded");
    case "error":
      throw new AgentCoreError(fault.name ?? "InternalServerException", "An internal error occurred.");
    case "unavailable":
      throw new AgentCoreError("ServiceUnavailableException", "The service is unavailable.");
    case "timeout":
      await new Promise<void>((resolve) => exchange.gone.addEventListener("abort", () => resolve()));
      throw new AgentCoreError("InternalServerException", "The caller left before any answer.");
    case "delay":
      await sleep(fault.delayMs, exchange.gone);
  }
}
