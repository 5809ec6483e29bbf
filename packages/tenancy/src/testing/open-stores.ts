/** For tests: tenancy's stores on a local DynamoDB of their own. */
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import { DynamoApiKeyStore, DynamoTenantStore } from "../dynamodb/index.ts";
import { tenancyTable } from "../tables.ts";

export interface OpenStores {
  readonly awsLocal: AwsLocal;
  readonly tenants: DynamoTenantStore;
  readonly apiKeys: DynamoApiKeyStore;
  close(): Promise<void>;
}

const prefix = "test";

export async function openStores(): Promise<OpenStores> {
  const awsLocal = await startAwsLocal();
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, prefix, [tenancyTable]);
  return {
    awsLocal,
    tenants: new DynamoTenantStore(client, prefix),
    apiKeys: new DynamoApiKeyStore(client, prefix),
    async close() {
      client.destroy();
      await awsLocal.close();
    },
  };
}
