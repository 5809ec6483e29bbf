/** For tests: a local AWS with the tables of an API, and what its clients are made of. */
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import type { ManualClock } from "@caprock/domain";
import { ingestionsTable, sessionsTable } from "@caprock/memory/tables";
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
import { createDocumentClient, type DocumentClient, localCredentials } from "@caprock/platform";
import { auditTable, idempotencyTable, tenancyTable } from "@caprock/tenancy/tables";

export interface LocalAws {
  readonly awsLocal: AwsLocal;
  /** For the clients of its services. */
  readonly access: {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: typeof localCredentials;
  };
  readonly client: DocumentClient;
  /** Of its tables' names. */
  readonly prefix: string;
}

/** AgentCore's limits on calls a second are off. */
export async function startLocalAws(clock: ManualClock): Promise<LocalAws> {
  const awsLocal = await startAwsLocal({ nowMs: () => clock.now(), agentCore: { rateLimits: false } });
  const access = { region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials };
  const client = createDocumentClient(access);
  const prefix = "test";
  await createTables(client, prefix, [
    tenancyTable,
    auditTable,
    sessionsTable,
    ingestionsTable,
    idempotencyTable,
    accountsTable,
    ledgerTable,
    adjustmentsTable,
    closedMonthsTable,
    alertsTable,
    alertRulesTable,
    reconciliationsTable,
    rollupsTable,
  ]);
  return { awsLocal, access, client, prefix };
}
