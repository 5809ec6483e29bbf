/** The worker: a function that a schedule starts, one round at a time. */
import type { workerSettings } from "@caprock/platform";
import { CloudwatchEventRule } from "@cdktf/provider-aws/lib/cloudwatch-event-rule/index.js";
import { CloudwatchEventTarget } from "@cdktf/provider-aws/lib/cloudwatch-event-target/index.js";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission/index.js";
import { Construct } from "constructs";
import type { EnvironmentOf } from "../environment.ts";
import type { Stage } from "../stages/stage.ts";
import { grantBucketRead, grantIndexQuery, grantTable } from "./grants.ts";
import { type InvocationLogLocation, locationSettings } from "./invocation-log-location.ts";
import { NodeFunction } from "./node-function.ts";
import type { DeployedTable } from "./tables.ts";

export interface WorkerFunctionProps {
  readonly stage: Stage;
  readonly codeFolder: string;
  readonly tables: Readonly<Record<"accounts" | "ledger", DeployedTable>>;
  /** Undefined when the stage has none. */
  readonly invocationLog: InvocationLogLocation | undefined;
}

export class WorkerFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(
    scope: Construct,
    id: string,
    { stage, codeFolder, tables, invocationLog }: WorkerFunctionProps,
  ) {
    super(scope, id);
    const environment: EnvironmentOf<typeof workerSettings> = {
      ...stage.worker.settings,
      CAPROCK_TABLE_PREFIX: stage.namePrefix,
      CAPROCK_LOG_LEVEL: stage.logLevel,
      ...locationSettings(invocationLog),
    };
    this.lambda = new NodeFunction(this, "node", {
      functionName: `${stage.namePrefix}-worker`,
      description: "Caprock: expires holds and reconciles the ledger",
      codeFolder,
      memoryMb: stage.worker.memoryMb,
      timeoutSeconds: stage.worker.timeoutSeconds,
      // Rounds are safe side by side, only wasteful.
      reservedConcurrency: 1,
      logRetentionDays: stage.logRetentionDays,
      environment,
      grants: [
        grantTable(tables.accounts, ["GetItem", "UpdateItem"]),
        grantIndexQuery(tables.accounts),
        grantTable(tables.ledger, ["GetItem", "PutItem"]),
        ...(invocationLog ? grantBucketRead(invocationLog.bucketArn) : []),
      ],
    }).lambda;
    this.#runOn(stage);
  }

  #runOn(stage: Stage): void {
    const rule = new CloudwatchEventRule(this, "schedule", {
      name: `${stage.namePrefix}-worker`,
      description: "Starts a round of the Caprock worker",
      scheduleExpression: stage.worker.schedule,
    });
    new CloudwatchEventTarget(this, "target", { rule: rule.name, arn: this.lambda.arn });
    new LambdaPermission(this, "may-start", {
      action: "lambda:InvokeFunction",
      functionName: this.lambda.functionName,
      principal: "events.amazonaws.com",
      sourceArn: rule.arn,
    });
    // A round that fails or finds another one running is not repeated: the next one is a minute away.
    new LambdaFunctionEventInvokeConfig(this, "no-retry", {
      functionName: this.lambda.functionName,
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
  }
}
