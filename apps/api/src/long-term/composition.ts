/** Builds the API's long-term memory: what turns recall from and ask for ingestion, and what is forgotten and exported. */
import { enqueueIngestion, type LongTermParts } from "@caprock/memory";
import { AgentCoreMemory } from "@caprock/memory/agentcore";
import { DynamoIngestionMarks } from "@caprock/memory/dynamodb";
import { SqsIngestionQueue } from "@caprock/memory/sqs";
import {
  type ApiSettings,
  createAgentCoreClient,
  createSqsClient,
  type DocumentClient,
  type Logger,
  systemTimer,
} from "@caprock/platform";
import type { TurnMemory } from "@caprock/turn";
import type { BackgroundWork } from "../background-work.ts";

export interface ComposedLongTerm {
  readonly forget: LongTermParts;
  readonly turn: TurnMemory;
}

/** Undefined where the deployment has none. Asking for ingestion goes on in the background of an answer. */
export function composeLongTerm(
  settings: ApiSettings,
  client: DocumentClient,
  logger: Logger,
  background: BackgroundWork,
): ComposedLongTerm | undefined {
  const { CAPROCK_MEMORY_ID: memoryId, CAPROCK_MEMORY_QUEUE_URL: queueUrl, AWS_REGION: region } = settings;
  if (memoryId === undefined || queueUrl === undefined) {
    return undefined;
  }
  const memory = new AgentCoreMemory({ client: createAgentCoreClient({ region }), memoryId });
  const patient = new AgentCoreMemory({
    client: createAgentCoreClient({ region }, { retries: true }),
    memoryId,
  });
  // What has expired could not be taken in any more.
  const ingestionDelayMs = Math.min(
    settings.CAPROCK_INGESTION_DELAY_MS,
    settings.CAPROCK_SESSION_KEPT_MS / 2,
  );
  const queue = new SqsIngestionQueue({
    client: createSqsClient({ region }),
    queueUrl,
    onUnreadable: () => undefined,
  });
  return {
    forget: {
      memory: patient,
      marks: new DynamoIngestionMarks(client, settings.CAPROCK_TABLE_PREFIX),
      deadline: { timer: systemTimer, deadlineMs: settings.CAPROCK_MEMORY_DEADLINE_MS },
      inBackground: (work) =>
        background.add(
          work.catch((error: unknown) =>
            logger.error(
              { err: error },
              "not all was forgotten in long-term memory; it is to be asked for again",
            ),
          ),
        ),
    },
    turn: {
      memory,
      timer: systemTimer,
      recallDeadlineMs: settings.CAPROCK_RECALL_DEADLINE_MS,
      recallBudgetTokens: settings.CAPROCK_RECALL_BUDGET_TOKENS,
      ingest: (session, sequence) =>
        background.add(
          enqueueIngestion(queue, { ...session, sequence }, ingestionDelayMs, (error) =>
            logger.error(
              { tenantId: session.tenantId, err: error },
              "ingestion could not be asked for; the worker finds the session later",
            ),
          ),
        ),
      onRecallFailure: (requestId, what, error) =>
        logger.warn({ requestId, what, err: error }, "nothing was recalled of a part of long-term memory"),
    },
  };
}
