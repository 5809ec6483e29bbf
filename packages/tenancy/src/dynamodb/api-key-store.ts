/** API keys in DynamoDB: only hashes of secrets. */

import { GetCommand, paginateQuery, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { ApiKey, ApiKeyId, TenantId } from "@caprock/domain";
import { type DocumentClient, tableName } from "@caprock/platform";
import type { ApiKeyStore } from "../stores.ts";
import { tenancyTable } from "../tables.ts";
import { putNew } from "./put-new.ts";
import { apiKeyFromItem, apiKeyRecordPrefix, apiKeyToItem } from "./records.ts";

export class DynamoApiKeyStore implements ApiKeyStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, tenancyTable);
  }

  async create(key: ApiKey): Promise<void> {
    await putNew(this.client, this.table, apiKeyToItem(key));
  }

  async read(tenantId: TenantId, id: ApiKeyId): Promise<ApiKey | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: this.key(tenantId, id), ConsistentRead: true }),
    );
    return Item ? apiKeyFromItem(Item) : undefined;
  }

  async list(tenantId: TenantId): Promise<readonly ApiKey[]> {
    const keys: ApiKey[] = [];
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        KeyConditionExpression: "tenantId = :tenant AND begins_with(#record, :prefix)",
        ExpressionAttributeNames: { "#record": "record" },
        ExpressionAttributeValues: { ":tenant": tenantId, ":prefix": apiKeyRecordPrefix },
        ConsistentRead: true,
      },
    );
    for await (const page of pages) {
      keys.push(...(page.Items ?? []).map(apiKeyFromItem));
    }
    return keys.sort((a, b) => b.createdAtMs - a.createdAtMs || a.id.localeCompare(b.id));
  }

  async revoke(tenantId: TenantId, id: ApiKeyId, atMs: number): Promise<ApiKey | undefined> {
    try {
      const { Attributes } = await this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: this.key(tenantId, id),
          UpdateExpression: "SET revokedAtMs = if_not_exists(revokedAtMs, :at)",
          ConditionExpression: "attribute_exists(tenantId)",
          ExpressionAttributeValues: { ":at": atMs },
          ReturnValues: "ALL_NEW",
        }),
      );
      return apiKeyFromItem(Attributes);
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
        return undefined;
      }
      throw error;
    }
  }

  private key(tenantId: TenantId, id: ApiKeyId) {
    return { tenantId, record: `${apiKeyRecordPrefix}${id}` };
  }
}
