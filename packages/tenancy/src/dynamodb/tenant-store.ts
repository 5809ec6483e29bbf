/** Tenants in DynamoDB. */

import { GetCommand, PutCommand, paginateScan } from "@aws-sdk/lib-dynamodb";
import { canonicalJson, type Tenant, type TenantId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import type { TenantStore } from "../stores.ts";
import { tenancyTable } from "../tables.ts";
import { putNew } from "./put-new.ts";
import { tenantFromItem, tenantRecordName, tenantToItem } from "./records.ts";

export class DynamoTenantStore implements TenantStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, tenancyTable);
  }

  async create(tenant: Tenant): Promise<void> {
    await putNew(this.client, this.table, tenantToItem(tenant));
  }

  async read(id: TenantId): Promise<Tenant | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({
        TableName: this.table,
        Key: { tenantId: id, record: tenantRecordName },
        ConsistentRead: true,
      }),
    );
    return Item ? tenantFromItem(Item) : undefined;
  }

  /** Scans: for administration, not for the path of a call. */
  async list(): Promise<readonly Tenant[]> {
    const tenants: Tenant[] = [];
    const pages = paginateScan(
      { client: this.client },
      {
        TableName: this.table,
        FilterExpression: "#record = :tenant",
        ExpressionAttributeNames: { "#record": "record" },
        ExpressionAttributeValues: { ":tenant": tenantRecordName },
        ConsistentRead: true,
      },
    );
    for await (const page of pages) {
      tenants.push(...(page.Items ?? []).map(tenantFromItem));
    }
    return tenants.sort((a, b) => a.name.localeCompare(b.name) || a.id.localeCompare(b.id));
  }

  async replace(tenant: Tenant): Promise<boolean> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: tenantToItem(tenant),
          ConditionExpression: "limitsVersion = :seen",
          ExpressionAttributeValues: { ":seen": tenant.limits.version - 1 },
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
        // The SDK repeats a write whose answer was lost, and the repetition finds what the first try wrote.
        return canonicalJson(await this.read(tenant.id)) === canonicalJson(tenant);
      }
      throw error;
    }
  }
}
