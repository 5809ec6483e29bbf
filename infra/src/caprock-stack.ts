/** One deployment of Caprock: everything that `terraform apply` makes for a stage. */

import { bedrockSessionsTable, ingestionsTable, sessionsTable } from "@caprock/memory/tables";
import {
  accountsTable,
  adjustmentsTable,
  alertRulesTable,
  alertsTable,
  closedMonthsTable,
  ledgerTable,
  reconciliationsTable,
  rollupsTable,
} from "@caprock/metering/tables";
import { auditTable, idempotencyTable, tenancyTable } from "@caprock/tenancy/tables";
import { liveTurnsTable } from "@caprock/turn/tables";
import { DataAwsCallerIdentity } from "@cdktf/provider-aws/lib/data-aws-caller-identity/index.js";
import { AwsProvider } from "@cdktf/provider-aws/lib/provider/index.js";
import { LocalBackend, S3Backend, TerraformOutput, TerraformStack, TerraformVariable } from "cdktf";
import type { Construct } from "constructs";
import { AlertTopic } from "./constructs/alert-topic.ts";
import { ApiFunction } from "./constructs/api-function.ts";
import { EdgeAuth } from "./constructs/edge-auth.ts";
import { GatewayLogRole } from "./constructs/gateway-log-role.ts";
import { grantConnections } from "./constructs/grants.ts";
import { IngestionFunction } from "./constructs/ingestion-function.ts";
import { InvocationLog } from "./constructs/invocation-log.ts";
import { existingLocation, type InvocationLogLocation } from "./constructs/invocation-log-location.ts";
import { LongTermMemory } from "./constructs/long-term-memory.ts";
import { SessionStore } from "./constructs/session-store.ts";
import { declareSocketApi, SocketApi } from "./constructs/socket-api.ts";
import { Tables } from "./constructs/tables.ts";
import { TenantApi } from "./constructs/tenant-api.ts";
import { TurnBodies } from "./constructs/turn-bodies.ts";
import { WorkerAlarms } from "./constructs/worker-alarms.ts";
import { WorkerFunction } from "./constructs/worker-function.ts";
import type { Stage } from "./stages/stage.ts";

/** Folders with the bundled code, each with an `index.mjs` that exports `handler`. */
export interface CodeFolders {
  readonly api: string;
  readonly socket: string;
  readonly edgeAuth: string;
  readonly worker: string;
  readonly ingestion: string;
}

/** Every table of the deployment, by the name its package gave it. */
export const tableDeclarations = {
  tenancy: tenancyTable,
  audit: auditTable,
  idempotency: idempotencyTable,
  accounts: accountsTable,
  ledger: ledgerTable,
  adjustments: adjustmentsTable,
  closedMonths: closedMonthsTable,
  rollups: rollupsTable,
  alerts: alertsTable,
  alertRules: alertRulesTable,
  reconciliations: reconciliationsTable,
  liveTurns: liveTurnsTable,
  sessions: sessionsTable,
  bedrockSessions: bedrockSessionsTable,
  memoryIngestions: ingestionsTable,
} as const;

/**
 * Newer than the bindings' own 6.25, which refuses a streamed integration of more than five minutes
 * (hashicorp/terraform-provider-aws pull request 45482) and, before 6.43, the memory strategy EPISODIC (issue 47938).
 * Minor versions only add to what the bindings know.
 */
const awsProviderVersions = ">= 6.43.0, < 7.0.0";

export class CaprockStack extends TerraformStack {
  constructor(scope: Construct, stage: Stage, codeFolders: CodeFolders) {
    super(scope, stage.name);
    this.#keepState(stage);
    new AwsProvider(this, "aws", {
      region: stage.region,
      defaultTags: [{ tags: { project: "caprock", stage: stage.name, ...stage.tags } }],
    });
    this.addOverride("terraform.required_providers.aws.version", awsProviderVersions);
    const { accountId } = new DataAwsCallerIdentity(this, "account", {});
    const { byName: tables } = new Tables(this, "tables", {
      namePrefix: stage.namePrefix,
      declarations: tableDeclarations,
    });
    const invocationLog = this.#invocationLog(stage, accountId);
    const logRole = stage.ownsRegionSettings
      ? [new GatewayLogRole(this, "gateway-log-role", { name: `${stage.namePrefix}-gateway-log` }).account]
      : [];
    const alertTopic = new AlertTopic(this, "alert-topic", { namePrefix: stage.namePrefix, accountId });
    const longTermMemory = this.#longTermMemory(stage, alertTopic);
    const turnBodies = new TurnBodies(this, "turn-bodies", { stage, accountId });
    const sessionStore = new SessionStore({ stage, accountId, tables, turnBodies });
    const served = {
      stage,
      accountId,
      adminTokenSha256: this.#adminTokenSha256(),
      accessKeySecret: this.#accessKeySecret(),
      tokenPrivateKey: this.#tokenPrivateKey(stage),
      tables,
      invocationLog,
      sessionStore,
      longTermMemory,
    };
    const { lambda } = new ApiFunction(this, "api", {
      ...served,
      serves: "api",
      codeFolder: codeFolders.api,
    });
    const sockets = declareSocketApi(this, "sockets", stage);
    const socket = new SocketApi(this, "socket-api", {
      stage,
      api: sockets,
      lambda: new ApiFunction(this, "socket", {
        ...served,
        serves: "socket",
        codeFolder: codeFolders.socket,
        grants: [grantConnections(sockets.executionArn)],
      }).lambda,
    });
    new TerraformOutput(this, "socket_url", { value: socket.url, description: "URL of the WebSocket." });
    const api = new TenantApi(this, "tenant-api", { stage, lambda, logRole });
    if (stage.edge) {
      const { url } = new EdgeAuth(this, "edge-auth", {
        stage,
        ...stage.edge,
        codeFolder: codeFolders.edgeAuth,
        apiUrl: api.url,
      });
      new TerraformOutput(this, "edge_url", { value: url, description: "Base URL of the API for IDEs." });
    }
    if (longTermMemory) {
      new IngestionFunction(this, "ingestion", {
        stage,
        codeFolder: codeFolders.ingestion,
        tables,
        sessionStore,
        memory: longTermMemory,
      });
    }
    const { lambda: worker } = new WorkerFunction(this, "worker", {
      stage,
      codeFolder: codeFolders.worker,
      tables,
      invocationLog,
      sessionStore,
      longTermMemory,
      alertTopic,
      alertWebhookSecret: this.#alertWebhookSecret(stage),
    });
    new WorkerAlarms(this, "worker-alarms", { namePrefix: stage.namePrefix, worker, alertTopic });
    new TerraformOutput(this, "api_url", { value: api.url, description: "Base URL of the API." });
    new TerraformOutput(this, "alert_topic_arn", {
      value: alertTopic.arn,
      description: "Topic of alerts: subscribe to it whoever is to get them.",
    });
    new TerraformOutput(this, "table_names", {
      value: Object.fromEntries(Object.entries(tables).map(([name, table]) => [name, table.resource.name])),
      description: "DynamoDB tables, by what they hold.",
    });
    if (invocationLog) {
      new TerraformOutput(this, "invocation_log_bucket", {
        value: invocationLog.bucketName,
        description: "Bucket of Bedrock's model invocation logs.",
      });
    }
  }

  /** Throws when a stage names a log and yet makes one: Bedrock has one log for an account and region. */
  #invocationLog(stage: Stage, accountId: string): InvocationLogLocation | undefined {
    if (!stage.ownsRegionSettings) {
      return existingLocation(stage);
    }
    if (stage.existingInvocationLog) {
      throw new Error(
        `Stage "${stage.name}" names an existing invocation log, but owns the region's settings.`,
      );
    }
    return new InvocationLog(this, "invocation-log", { stage, accountId }).location;
  }

  #longTermMemory({ longTermMemory, namePrefix }: Stage, alertTopic: AlertTopic): LongTermMemory | undefined {
    if (!longTermMemory) {
      return undefined;
    }
    const memory = new LongTermMemory(this, "long-term-memory", { namePrefix, alertTopic });
    new TerraformOutput(this, "long_term_memory", {
      value: {
        memory_id: memory.memoryId,
        queue_url: memory.queueUrl,
        dead_letter_url: memory.deadLetterUrl,
      },
      description: "What `caprock memory` asks for.",
    });
    return memory;
  }

  #keepState({ name, remoteState }: Stage): void {
    if (remoteState) {
      new S3Backend(this, { ...remoteState, encrypt: true });
      this.addOverride("terraform.backend.s3.use_lockfile", true);
    } else {
      // Beside the generated folder, not in it: that one may be thrown away.
      new LocalBackend(this, { path: `../../../terraform.${name}.tfstate` });
    }
  }

  /** Asked for where the stage has a webhook. */
  #alertWebhookSecret({ worker }: Stage): string | undefined {
    if (worker.settings.CAPROCK_ALERT_WEBHOOK_URL === undefined) {
      return undefined;
    }
    return new TerraformVariable(this, "alert_webhook_secret", {
      type: "string",
      description: "Signs what the alert webhook is sent: whsec_ and the base64 of 24 to 64 random bytes.",
      sensitive: true,
      nullable: false,
      validation: [
        {
          condition: `\${can(regex("^whsec_[A-Za-z0-9+/]{32,88}={0,2}$", var.alert_webhook_secret))}`,
          errorMessage: "The secret must be whsec_ and the base64 of 24 to 64 bytes.",
        },
      ],
    }).stringValue;
  }

  #tokenPrivateKey({ edge }: Stage): string | undefined {
    if (!edge) {
      return undefined;
    }
    return new TerraformVariable(this, "token_private_key", {
      type: "string",
      description:
        "Signs access tokens: the Ed25519 key whose public key the stage names, as stage.ts tells.",
      sensitive: true,
      nullable: false,
    }).stringValue;
  }

  #accessKeySecret(): string {
    return new TerraformVariable(this, "access_key_secret", {
      type: "string",
      description:
        "Makes the access key pairs of callers that sign with AWS SDKs. Keep it: another one makes other pairs.",
      sensitive: true,
      nullable: false,
      validation: [
        {
          condition: `\${length(var.access_key_secret) >= 32}`,
          errorMessage: "The secret must have at least 32 characters.",
        },
      ],
    }).stringValue;
  }

  #adminTokenSha256(): string {
    return new TerraformVariable(this, "admin_token_sha256", {
      type: "string",
      description:
        "SHA-256 of the admin token, as 64 hex digits. Keep the token itself in your password store.",
      sensitive: true,
      nullable: false,
      validation: [
        {
          condition: `\${can(regex("^[0-9a-f]{64}$", var.admin_token_sha256))}`,
          errorMessage: "The hash must be 64 lowercase hex digits.",
        },
      ],
    }).stringValue;
  }
}
