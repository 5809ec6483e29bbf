/** For tests: AgentCore's memory on the local AWS of an open turn, as turns use it. */
import { stoppedTimer } from "@caprock/domain";
import { AgentCoreMemory, ensureMemory } from "@caprock/memory/agentcore";
import { createAgentCoreClient, createAgentCoreControlClient, localCredentials } from "@caprock/platform";
import type { TurnMemory } from "../recall-memory.ts";
import type { OpenTurn } from "./open-turn.ts";

export interface OpenLongTerm extends TurnMemory {
  readonly memory: AgentCoreMemory;
  /** What could not be recalled, and why. */
  readonly failures: unknown[];
  close(): void;
}

/** Without limits on calls a second, and without a deadline. */
export async function openLongTerm({ awsLocal }: OpenTurn): Promise<OpenLongTerm> {
  awsLocal.setAgentCore({ rateLimits: false });
  const access = { region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials };
  const control = createAgentCoreControlClient(access);
  const memoryId = await ensureMemory(control, "caprock");
  control.destroy();
  const client = createAgentCoreClient(access);
  const failures: unknown[] = [];
  return {
    memory: new AgentCoreMemory({ client, memoryId }),
    timer: stoppedTimer,
    recallDeadlineMs: 30_000,
    recallBudgetTokens: 1_500,
    ingest: () => undefined,
    onRecallFailure: (_requestId, _what, error) => failures.push(error),
    failures,
    close: () => client.destroy(),
  };
}
