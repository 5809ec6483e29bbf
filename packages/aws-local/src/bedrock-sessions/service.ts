/** Bedrock Session Management (of Bedrock Agent Runtime) over restJson1, with AWS's limits and with faults. */
import { join } from "node:path";
import { accountId } from "../account.ts";
import type { Exchange } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import { OperationTable, type RestService, serveRestJson } from "../rest-json.ts";
import { SessionsError, type SessionsErrorName } from "./errors.ts";
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
  const service: RestService<SessionsParts, SessionsErrorName> = {
    operations,
    parts: { state, nowMs, arnPrefix: `arn:aws:bedrock:${region}:${accountId}` },
    errorOf: (name, message) => new SessionsError(name, message),
    throttled: "ThrottlingException",
    takeFault: (operation) => faults.takeBedrockSessions(operation),
  };
  return {
    serve: (exchange) => serveRestJson(exchange, service),
    close: () => state.close(),
  };
}
