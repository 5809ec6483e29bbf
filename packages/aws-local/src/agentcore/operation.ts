/** What every operation of AgentCore is given. */
import type { RestOperation } from "../rest-json.ts";
import type { Extraction } from "./extraction.ts";
import type { ServedOperation } from "./served-operations.ts";
import type { State } from "./state.ts";

export interface AgentCoreParts {
  readonly state: State;
  readonly extraction: Extraction;
  readonly nowMs: () => number;
  /** How long a memory stays CREATING, UPDATING or DELETING. */
  readonly settlingMs: () => number;
  readonly arnPrefix: string;
  /** Throws ThrottledException when an actor's session takes no more events now. */
  readonly takeSession: (session: string, conversational: boolean) => void;
  /** Told of each operation that AWS would bill. */
  readonly served: (operation: ServedOperation) => void;
  /** Whether a record of a batch is to fail by itself, as was asked; each call counts. */
  readonly recordFails: () => boolean;
}

export type Operation = RestOperation<AgentCoreParts>;
