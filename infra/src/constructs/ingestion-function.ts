/** The function that takes sessions into long-term memory: the queue gives it batches, and gets back what failed. */
import { ingestionQueues } from "@caprock/memory/queues";
import type { workerSettings } from "@caprock/platform";
import { LambdaEventSourceMapping } from "@cdktf/provider-aws/lib/lambda-event-source-mapping/index.js";
import { Construct } from "constructs";
import type { EnvironmentOf } from "../environment.ts";
import type { Stage } from "../stages/stage.ts";
import { grantMetricsWrite, grantTable } from "./grants.ts";
import type { LongTermMemory } from "./long-term-memory.ts";
import { NodeFunction } from "./node-function.ts";
import type { SessionStore } from "./session-store.ts";
import type { DeployedTable } from "./tables.ts";

export interface IngestionFunctionProps {
  readonly stage: Stage;
  readonly codeFolder: string;
  readonly tables: Readonly<
    Record<
      "tenancy" | "accounts" | "ledger" | "rollups" | "adjustments" | "closedMonths" | "memoryIngestions",
      DeployedTable
    >
  >;
  readonly sessionStore: SessionStore;
  readonly memory: LongTermMemory;
}

export class IngestionFunction extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { stage, codeFolder, tables, sessionStore, memory }: IngestionFunctionProps,
  ) {
    super(scope, id);
    const environment: EnvironmentOf<typeof workerSettings> = {
      ...stage.worker.settings,
      CAPROCK_TABLE_PREFIX: stage.namePrefix,
      CAPROCK_LOG_LEVEL: stage.logLevel,
      ...sessionStore.settings,
      ...memory.settings,
    };
    const { lambda } = new NodeFunction(this, "node", {
      functionName: `${stage.namePrefix}-ingestion`,
      description: "Caprock: takes sessions into long-term memory",
      codeFolder,
      memoryMb: stage.worker.memoryMb,
      timeoutSeconds: ingestionQueues.functionTimeoutSeconds,
      reservedConcurrency: ingestionQueues.mostFunctions,
      logRetentionDays: stage.logRetentionDays,
      environment,
      grants: [
        ...sessionStore.read,
        grantTable(tables.memoryIngestions, ["GetItem", "UpdateItem"]),
        // Events are charged to their tenants. Scan tells whose metrics are told apart.
        grantTable(tables.tenancy, ["GetItem", "Scan"]),
        grantTable(tables.accounts, ["GetItem", "UpdateItem"]),
        grantTable(tables.ledger, ["GetItem", "PutItem"]),
        grantTable(tables.rollups, ["GetItem", "UpdateItem"]),
        grantTable(tables.adjustments, ["GetItem", "PutItem"]),
        grantTable(tables.closedMonths, ["GetItem"]),
        ...grantMetricsWrite(stage.worker.settings),
        ...memory.ingest,
        // What was deleted while it was being sent is removed again.
        ...memory.forget,
      ],
    });
    new LambdaEventSourceMapping(this, "batches", {
      eventSourceArn: memory.queueArn,
      functionName: lambda.functionName,
      functionResponseTypes: ["ReportBatchItemFailures"],
      scalingConfig: { maximumConcurrency: ingestionQueues.mostFunctions },
    });
  }
}
