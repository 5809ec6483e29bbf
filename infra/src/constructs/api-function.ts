/** The functions that serve tenants: that of the tenant API and the admin API, and that of WebSockets. */
import { apiSettings } from "@caprock/platform";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { Construct } from "constructs";
import type { EnvironmentOf } from "../environment.ts";
import type { Stage } from "../stages/stage.ts";
import {
  type Grant,
  grantGuardrails,
  grantIndexQuery,
  grantMetricsRead,
  grantMetricsWrite,
  grantModels,
  grantProfiles,
  grantTable,
} from "./grants.ts";
import { type InvocationLogLocation, locationSettings } from "./invocation-log-location.ts";
import type { LongTermMemory } from "./long-term-memory.ts";
import { NodeFunction } from "./node-function.ts";
import type { SessionStore } from "./session-store.ts";
import type { DeployedTable } from "./tables.ts";

/** The longest a call may take: the limit of Lambda and of a streamed REST integration alike. */
export const apiTimeoutSeconds = 900;

export interface ApiFunctionProps {
  readonly stage: Stage;
  /** `socket` serves WebSockets and nothing else. */
  readonly serves: "api" | "socket";
  readonly codeFolder: string;
  readonly accountId: string;
  readonly adminTokenSha256: string;
  readonly accessKeySecret: string;
  /** Undefined where the stage has no access tokens. */
  readonly tokenPrivateKey: string | undefined;
  readonly tables: Readonly<
    Record<
      | "tenancy"
      | "audit"
      | "accounts"
      | "ledger"
      | "adjustments"
      | "closedMonths"
      | "rollups"
      | "alerts"
      | "alertRules"
      | "reconciliations"
      | "memoryIngestions"
      | "idempotency"
      | "liveTurns",
      DeployedTable
    >
  >;
  readonly sessionStore: SessionStore;
  /** Known to the API, not read by it; undefined when the stage has none. */
  readonly invocationLog: InvocationLogLocation | undefined;
  /** Undefined when the stage has none. */
  readonly longTermMemory: LongTermMemory | undefined;
  /** What it may do besides. */
  readonly grants?: readonly Grant[];
}

export class ApiFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: ApiFunctionProps) {
    super(scope, id);
    const { stage, serves, codeFolder, adminTokenSha256, accessKeySecret, invocationLog } = props;
    // As the worker has it: until then it may correct an estimate.
    const { CAPROCK_INVOCATION_LOG_GRACE_MS: logGraceMs } = stage.worker.settings;
    const environment: EnvironmentOf<typeof apiSettings> = {
      ...stage.api.settings,
      ...(logGraceMs === undefined ? {} : { CAPROCK_INVOCATION_LOG_GRACE_MS: logGraceMs }),
      CAPROCK_TABLE_PREFIX: stage.namePrefix,
      CAPROCK_LOG_LEVEL: stage.logLevel,
      CAPROCK_ADMIN_TOKEN_SHA256: adminTokenSha256,
      CAPROCK_ACCESS_KEY_SECRET: accessKeySecret,
      ...(props.tokenPrivateKey === undefined ? {} : { CAPROCK_TOKEN_PRIVATE_KEY: props.tokenPrivateKey }),
      ...locationSettings(invocationLog),
      ...(stage.billingExport ? { CAPROCK_BILLING_EXPORT_BUCKET: stage.billingExport.bucketName } : {}),
      ...props.sessionStore.settings,
      ...props.longTermMemory?.settings,
    };
    this.lambda = new NodeFunction(this, "node", {
      functionName: `${stage.namePrefix}-${serves}`,
      description: serves === "api" ? "Caprock: tenant API and admin API" : "Caprock: chat over WebSockets",
      codeFolder,
      memoryMb: stage[serves].memoryMb,
      timeoutSeconds: apiTimeoutSeconds,
      reservedConcurrency: stage[serves].reservedConcurrency,
      logRetentionDays: stage.logRetentionDays,
      environment,
      grants: [
        ...turnGrants(props),
        ...(serves === "api" ? [...adminGrants(props), ...forgetGrants(props)] : []),
        ...(props.grants ?? []),
      ],
    }).lambda;
  }
}

/** Whether every process reads what all tenants have spent, to choose those whose metrics are told apart. */
function choosesTopTenants({ api: { settings } }: Stage): boolean {
  const { CAPROCK_METRICS: destination, CAPROCK_METRICS_CARDINALITY: cardinality } = apiSettings.shape;
  return (
    destination.parse(settings.CAPROCK_METRICS) !== "off" &&
    cardinality.parse(settings.CAPROCK_METRICS_CARDINALITY) === "top"
  );
}

/** What a turn needs, from authentication to settlement. */
function turnGrants({ stage, accountId, tables, sessionStore, longTermMemory }: ApiFunctionProps): Grant[] {
  return [
    grantTable(tables.tenancy, ["GetItem", ...(choosesTopTenants(stage) ? (["Scan"] as const) : [])]),
    grantTable(tables.accounts, ["GetItem", "UpdateItem"]),
    grantTable(tables.ledger, ["GetItem", "PutItem", "Query"]),
    grantTable(tables.rollups, ["GetItem", "UpdateItem", "Query"]),
    grantTable(tables.adjustments, ["GetItem", "PutItem"]),
    grantTable(tables.closedMonths, ["GetItem"]),
    // It records that a model has no price; the worker tells of it.
    grantTable(tables.alerts, ["GetItem", "PutItem"]),
    ...sessionStore.use,
    grantTable(tables.idempotency, ["GetItem", "PutItem", "UpdateItem"]),
    grantTable(tables.liveTurns, ["GetItem", "PutItem", "UpdateItem", "Query"]),
    grantModels({ region: stage.region, accountId, ...stage.bedrock }),
    grantGuardrails({ region: stage.region, accountId }),
    ...(longTermMemory ? [...longTermMemory.recall, ...longTermMemory.enqueue] : []),
    ...grantMetricsWrite(stage.api.settings),
  ];
}

/** Forgetting and exporting what long-term memory has, for tenants and for admins. */
function forgetGrants({ tables, longTermMemory }: ApiFunctionProps): Grant[] {
  return longTermMemory
    ? [...longTermMemory.forget, grantTable(tables.memoryIngestions, ["DeleteItem", "Query"])]
    : [];
}

function adminGrants({ stage, accountId, tables }: ApiFunctionProps): Grant[] {
  return [
    grantProfiles({ region: stage.region, accountId, ...stage.bedrock }),
    // Scan lists the tenants for the admin API.
    grantTable(tables.tenancy, ["PutItem", "UpdateItem", "Query", "Scan"]),
    grantTable(tables.audit, ["GetItem", "PutItem", "UpdateItem", "Query"]),
    // Finds the accounts with open holds, for an operator.
    grantIndexQuery(tables.accounts),
    grantTable(tables.adjustments, ["BatchGetItem", "Query"]),
    grantIndexQuery(tables.adjustments),
    grantTable(tables.closedMonths, ["Query"]),
    grantIndexQuery(tables.alerts),
    grantTable(tables.alertRules, ["GetItem", "PutItem"]),
    grantTable(tables.reconciliations, ["GetItem", "PutItem"]),
    grantIndexQuery(tables.reconciliations),
    // For reports from CloudWatch; the function writes its metrics to its log, unless its stage says otherwise.
    grantMetricsRead(),
  ];
}
