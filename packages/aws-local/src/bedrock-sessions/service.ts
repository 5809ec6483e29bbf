/** Bedrock Session Management (of Bedrock Agent Runtime) over restJson1, with AWS's limits and with faults. */
import { join } from "node:path";
import { accountId } from "../account.ts";
import type { Exchange } from "../exchange.ts";
import type { BedrockSessionsFault, Faults } from "../faults.ts";
import { OperationTable, readJson } from "../rest-json.ts";
import { newId, sleep } from "../system.ts";
import { SessionsError } from "./errors.ts";
import type { Operation, SessionsParts } from "./operation.ts";
import { sessionOperations } from "./sessions.ts";
import { State } from "./state.ts";
import { stepOperations } from "./steps.ts";

export interface BedrockSessions {
  serve(exchange: Exchange): Promise<void>;
  close(): void;
}

export const sessionsPath = "/sessions/";

const operations = new OperationTable<Operation>([...sessionOperations, ...stepOperations]);

/** Opens what is kept in `folder`; without one it is forgotten at close. */
export function openBedrockSessions(
  folder: string | undefined,
  faults: Faults,
  { nowMs, region }: { readonly nowMs: () => number; readonly region: string },
): BedrockSessions {
  const state = new State(folder && join(folder, "sessions.jsonl"));
  const parts: SessionsParts = { state, nowMs, arnPrefix: `arn:aws:bedrock:${region}:${accountId}` };
  return {
    async serve(exchange) {
      const headers = { "x-amzn-requestid": newId() };
      try {
        const { operation, labels } = find(exchange);
        const fault = faults.takeBedrockSessions(operation.name);
        await strikeBefore(fault, exchange);
        const answer = operation.run({ json: bodyOf(exchange), labels, query: exchange.query }, parts);
        if (fault?.kind === "lostAnswer") {
          exchange.cut();
        } else {
          exchange.sendJson(operation.status, answer, headers);
        }
      } catch (error) {
        const known =
          error instanceof SessionsError
            ? error
            : new SessionsError("InternalServerException", "aws-local failed.");
        exchange.sendJson(
          known.httpStatus,
          { message: known.message },
          { ...headers, "x-amzn-errortype": known.name },
        );
        if (known !== error) {
          throw error;
        }
      }
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
    throw new SessionsError("ValidationException", "The path is not percent-encoded as it should be.");
  }
  throw new SessionsError(
    "ResourceNotFoundException",
    `aws-local does not serve ${exchange.method} ${exchange.path}.`,
  );
}

function bodyOf({ body }: Exchange): unknown {
  try {
    return readJson(body);
  } catch {
    throw new SessionsError("ValidationException", "The body is not JSON.");
  }
}

async function strikeBefore(fault: BedrockSessionsFault | undefined, exchange: Exchange): Promise<void> {
  switch (fault?.kind) {
    case "throttle":
      throw new SessionsError(fault.name ?? "ThrottlingException", "Rate exceeded");
    case "error":
      throw new SessionsError(fault.name ?? "InternalServerException", "An internal error occurred.");
    case "unavailable":
      throw new SessionsError("ServiceUnavailableException", "The service is unavailable.");
    case "timeout":
      await new Promise<void>((resolve) => exchange.gone.addEventListener("abort", () => resolve()));
      throw new SessionsError("InternalServerException", "The caller left before any answer.");
    case "delay":
      await sleep(fault.delayMs, exchange.gone);
  }
}
