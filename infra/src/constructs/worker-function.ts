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
import type { AlertTopic } from "./alert-topic.ts";
import { grantBucketRead, grantIndexQuery, grantMetricsWrite, grantTable } from "./grants.ts";
import { type InvocationLogLocation, locationSettings } from "./invocation-log-location.ts";
import type { LongTermMemory } from "./long-term-memory.ts";
import { NodeFunction } from "./node-function.ts";
import type { SessionStore } from "./session-store.ts";
import type { DeployedTable } from "./tables.ts";

type WorkerTable =
  | "tenancy"
  | "accounts"
  | "ledger"
  | "adjustments"
  | "closedMonths"
  | "rollups"
  | "alerts"
  | "alertRules"
  | "reconciliations"
  | "memoryIngestions";

export interface WorkerFunctionProps {
  readonly stage: Stage;
  readonly codeFolder: string;
  readonly tables: Readonly<Record<WorkerTable, DeployedTable>>;
  /** Undefined when the stage has none. */
  readonly invocationLog: InvocationLogLocation | undefined;
  readonly sessionStore: SessionStore;
  readonly alertTopic: AlertTopic;
  /** Undefined when the stage has none. */
  readonly longTermMemory: LongTermMemory | undefined;
  /** Undefined when the stage has no webhook. */
  readonly alertWebhookSecret: string | undefined;
}

export class WorkerFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: WorkerFunctionProps) {
    super(scope, id);
    const { stage, codeFolder, tables, invocationLog, sessionStore, longTermMemory } = props;
    const { alertTopic, alertWebhookSecret } = props;
    const environment: EnvironmentOf<typeof workerSettings> = {
      ...stage.worker.settings,
      CAPROCK_TABLE_PREFIX: stage.namePrefix,
      CAPROCK_LOG_LEVEL: stage.logLevel,
      ...locationSettings(invocationLog),
      CAPROCK_ALERT_TOPIC_ARN: alertTopic.arn,
      ...(alertWebhookSecret === undefined ? {} : { CAPROCK_ALERT_WEBHOOK_SECRET: alertWebhookSecret }),
      ...(stage.billingExport
        ? {
            CAPROCK_BILLING_EXPORT_BUCKET: stage.billingExport.bucketName,
            CAPROCK_BILLING_EXPORT_PATH: stage.billingExport.path,
          }
        : {}),
      ...sessionStore.settings,
      ...longTermMemory?.settings,
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
        grantTable(tables.ledger, ["GetItem", "PutItem", "Query"]),
        // Scan lists the tenants whose limits are watched.
        grantTable(tables.tenancy, ["GetItem", "Query", "Scan"]),
        grantTable(tables.adjustments, ["BatchGetItem", "GetItem", "PutItem", "Query"]),
        grantIndexQuery(tables.adjustments),
        grantTable(tables.closedMonths, ["GetItem", "PutItem", "Query"]),
        grantTable(tables.rollups, ["GetItem", "PutItem", "UpdateItem", "Query"]),
        grantIndexQuery(tables.rollups),
        grantTable(tables.alerts, ["GetItem", "PutItem"]),
        grantIndexQuery(tables.alerts),
        grantTable(tables.alertRules, ["GetItem"]),
        grantTable(tables.reconciliations, ["GetItem", "PutItem"]),
        grantIndexQuery(tables.reconciliations),
        ...alertTopic.publish,
        // It looks for sessions that long-term memory has missed, and asks for them.
        ...(longTermMemory
          ? [
              ...sessionStore.list,
              grantTable(tables.memoryIngestions, ["GetItem"]),
              ...longTermMemory.enqueue,
            ]
          : []),
        ...(stage.billingExport ? grantBucketRead(`arn:aws:s3:::${stage.billingExport.bucketName}`) : []),
        ...(invocationLog ? grantBucketRead(invocationLog.bucketArn) : []),
        ...grantMetricsWrite(stage.worker.settings),
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
