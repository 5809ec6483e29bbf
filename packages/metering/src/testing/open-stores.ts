/** For tests: metering's stores on a local DynamoDB of their own. */
import { type AwsLocal, type AwsLocalOptions, createTables, startAwsLocal } from "@caprock/aws-local";
import { createDocumentClient, type DocumentClient, localCredentials } from "@caprock/platform";
import {
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoClosedMonthStore,
  DynamoGrantNotes,
  DynamoLedgerStore,
  DynamoRollUpStore,
} from "../dynamodb/index.ts";
import { accountsTable, adjustmentsTable, closedMonthsTable, ledgerTable, rollupsTable } from "../tables.ts";

export { tenantWith } from "./tenant-with.ts";

export interface OpenStores {
  readonly awsLocal: AwsLocal;
  readonly client: DocumentClient;
  readonly accounts: DynamoAccountStore;
  readonly ledger: DynamoLedgerStore;
  readonly notes: DynamoGrantNotes;
  readonly adjustments: DynamoAdjustmentStore;
  readonly closedMonths: DynamoClosedMonthStore;
  readonly rollUps: DynamoRollUpStore;
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
  await createTables(client, prefix, [
    accountsTable,
    ledgerTable,
    adjustmentsTable,
    closedMonthsTable,
    rollupsTable,
  ]);
  return {
    awsLocal,
    client,
    accounts: new DynamoAccountStore(client, prefix),
    ledger: new DynamoLedgerStore(client, prefix),
    notes: new DynamoGrantNotes(client, prefix),
    adjustments: new DynamoAdjustmentStore(client, prefix),
    closedMonths: new DynamoClosedMonthStore(client, prefix),
    rollUps: new DynamoRollUpStore(client, prefix),
    async close() {
      client.destroy();
      await awsLocal.close();
    },
  };
}
