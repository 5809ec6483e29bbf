/** Builds the stores that the command works on: the only place of the command that makes clients. */
import { createTables } from "@caprock/aws-local";
import { createLocalBucket } from "@caprock/memory/s3";
import * as memoryTables from "@caprock/memory/tables";
import type { AccountStore, LedgerStore, RollUpStore } from "@caprock/metering";
import { DynamoAccountStore, DynamoLedgerStore, DynamoRollUpStore } from "@caprock/metering/dynamodb";
import * as meteringTables from "@caprock/metering/tables";
import { createDocumentClient, createS3Client, localCredentials } from "@caprock/platform";
import type { ApiKeyStore, AuditLog, TenantStore } from "@caprock/tenancy";
import { DynamoApiKeyStore, DynamoAuditLog, DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import * as tenancyTables from "@caprock/tenancy/tables";
import * as turnTables from "@caprock/turn/tables";

export interface Stores {
  readonly tenants: TenantStore;
  readonly apiKeys: ApiKeyStore;
  readonly audit: AuditLog;
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly rollUps: RollUpStore;
  close(): void;
}

/** Opens the stores of a local AWS, with their tables made where they are missing. */
export async function openStores(awsLocalUrl: string, tablePrefix: string): Promise<Stores> {
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocalUrl,
    credentials: localCredentials,
  });
  await createTables(client, tablePrefix, [
    ...Object.values(tenancyTables),
    ...Object.values(meteringTables),
    ...Object.values(memoryTables),
    ...Object.values(turnTables),
  ]);
  return {
    tenants: new DynamoTenantStore(client, tablePrefix),
    apiKeys: new DynamoApiKeyStore(client, tablePrefix),
    audit: new DynamoAuditLog(client, tablePrefix),
    accounts: new DynamoAccountStore(client, tablePrefix),
    ledger: new DynamoLedgerStore(client, tablePrefix),
    rollUps: new DynamoRollUpStore(client, tablePrefix),
    close: () => client.destroy(),
  };
}

/** Makes the bucket of turn bodies of a local AWS where it is missing. */
export async function ensureLocalBucket(awsLocalUrl: string, bucket: string): Promise<void> {
  const client = createS3Client({
    region: "us-east-1",
    endpoint: awsLocalUrl,
    credentials: localCredentials,
  });
  await createLocalBucket(client, bucket);
  client.destroy();
}
