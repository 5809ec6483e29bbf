/** For tests: tenancy's stores on a local DynamoDB of their own. */
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import type { Random } from "@caprock/domain";
import { createDocumentClient, type DocumentClient, localCredentials, systemRandom } from "@caprock/platform";
import {
  DynamoApiKeyStore,
  DynamoAuditLog,
  DynamoPlatformLimitsStore,
  DynamoTenantStore,
} from "../dynamodb/index.ts";
import { auditTable, tenancyTable } from "../tables.ts";

export interface OpenStores {
  readonly awsLocal: AwsLocal;
  readonly tenants: DynamoTenantStore;
  readonly apiKeys: DynamoApiKeyStore;
  readonly platformLimits: DynamoPlatformLimitsStore;
  readonly audit: DynamoAuditLog;
  readonly client: DocumentClient;
  readonly random: Random;
  /** Who makes the changes of a test. */
  readonly actor: string;
  close(): Promise<void>;
}

export const prefix = "test";

export async function openStores(): Promise<OpenStores> {
  const awsLocal = await startAwsLocal();
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, prefix, [tenancyTable, auditTable]);
  return {
    awsLocal,
    tenants: new DynamoTenantStore(client, prefix),
    apiKeys: new DynamoApiKeyStore(client, prefix),
    platformLimits: new DynamoPlatformLimitsStore(client, prefix),
    audit: new DynamoAuditLog(client, prefix),
    client,
    random: systemRandom,
    actor: "tester",
    async close() {
      client.destroy();
      await awsLocal.close();
    },
  };
}
