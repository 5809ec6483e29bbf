/** Builds the stores that the command works on: the only place of the command that makes clients. */
import { createTables } from "@caprock/aws-local";
import type { AccountStore, LedgerStore } from "@caprock/metering";
import { DynamoAccountStore, DynamoLedgerStore } from "@caprock/metering/dynamodb";
import { accountsTable, ledgerTable } from "@caprock/metering/tables";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import type { ApiKeyStore, TenantStore } from "@caprock/tenancy";
import { DynamoApiKeyStore, DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import { tenancyTable } from "@caprock/tenancy/tables";

export interface Stores {
  readonly tenants: TenantStore;
  readonly apiKeys: ApiKeyStore;
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  close(): void;
}

/** Opens the stores of a local AWS, with their tables made where they are missing. */
export async function openStores(awsLocalUrl: string, tablePrefix: string): Promise<Stores> {
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocalUrl,
    credentials: localCredentials,
  });
  await createTables(client, tablePrefix, [tenancyTable, accountsTable, ledgerTable]);
  return {
    tenants: new DynamoTenantStore(client, tablePrefix),
    apiKeys: new DynamoApiKeyStore(client, tablePrefix),
    accounts: new DynamoAccountStore(client, tablePrefix),
    ledger: new DynamoLedgerStore(client, tablePrefix),
    close: () => client.destroy(),
  };
}
