/** For tests: metering's stores on a local DynamoDB of their own. */
import { type AwsLocal, type AwsLocalOptions, createTables, startAwsLocal } from "@caprock/aws-local";
import type { Tenant } from "@caprock/domain";
import { createDocumentClient, type DocumentClient, localCredentials } from "@caprock/platform";
import { DynamoAccountStore, DynamoLedgerStore } from "../dynamodb/index.ts";
import { accountsTable, ledgerTable } from "../tables.ts";

export interface OpenStores {
  readonly awsLocal: AwsLocal;
  readonly client: DocumentClient;
  readonly accounts: DynamoAccountStore;
  readonly ledger: DynamoLedgerStore;
  close(): Promise<void>;
}

export const prefix = "test";

export async function openStores(options: AwsLocalOptions = {}): Promise<OpenStores> {
  const awsLocal = await startAwsLocal(options);
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, prefix, [accountsTable, ledgerTable]);
  return {
    awsLocal,
    client,
    accounts: new DynamoAccountStore(client, prefix),
    ledger: new DynamoLedgerStore(client, prefix),
    async close() {
      client.destroy();
      await awsLocal.close();
    },
  };
}

/** A tenant with the limits that matter to a test. */
export function tenantWith(id: string, limits: Partial<Tenant["limits"]> = {}): Tenant {
  return {
    id,
    name: id,
    status: "active",
    timeZone: "UTC",
    limits: { monthlyCapNanoUsd: 1_000n, requestsPerMinute: 1_000_000, version: 1, ...limits },
    demo: false,
    createdAtMs: 0,
  };
}
