/** The platform's own limits in DynamoDB: one record of the tenancy table. */
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { canonicalJson, noPlatformLimits, type PlatformLimits, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import type { PlatformLimitsStore } from "../stores.ts";
import { tenancyTable } from "../tables.ts";
import { platformLimitsFromItem, platformLimitsKey, platformLimitsToItem } from "./records.ts";

export class DynamoPlatformLimitsStore implements PlatformLimitsStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, tenancyTable);
  }

  async read(): Promise<PlatformLimits> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: platformLimitsKey, ConsistentRead: true }),
    );
    return Item ? platformLimitsFromItem(Item) : noPlatformLimits;
  }

  async replace(limits: PlatformLimits): Promise<boolean> {
    const seen = limits.version - 1;
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: platformLimitsToItem(limits),
          ConditionExpression: seen === 0 ? "attribute_not_exists(tenantId)" : "limitsVersion = :seen",
          ...(seen === 0 ? {} : { ExpressionAttributeValues: { ":seen": seen } }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
        return canonicalJson(await this.read()) === canonicalJson(limits);
      }
      throw error;
    }
  }
}
