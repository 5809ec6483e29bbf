/** The ledger in DynamoDB: conditional puts, keyed by request, so that an entry is written once. */
import { GetCommand, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { firstRequestIdAt, type RequestId, type TenantId } from "@caprock/domain";
import { type DocumentClient, tableName } from "@caprock/platform";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";
import { ledgerTable } from "../tables.ts";
import { utcMonths } from "../windows.ts";
import { ledgerFromItem, ledgerPartition, ledgerToItem } from "./ledger-item.ts";

export class DynamoLedgerStore implements LedgerStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, ledgerTable);
  }

  record(entry: LedgerEntry): Promise<LedgerEntry> {
    return this.putIf(entry, "attribute_not_exists(requestId)");
  }

  correct(entry: LedgerEntry): Promise<LedgerEntry> {
    return this.putIf(entry, "attribute_not_exists(requestId) OR estimated = :true", { ":true": true });
  }

  async find(tenantId: TenantId, requestId: RequestId): Promise<LedgerEntry | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({
        TableName: this.table,
        Key: { tenantMonth: ledgerPartition(tenantId, requestId), requestId },
        ConsistentRead: true,
      }),
    );
    return Item ? ledgerFromItem(Item) : undefined;
  }

  async *list(tenantId: TenantId, { startMs, endMs, after }: LedgerRange): AsyncIterable<LedgerEntry> {
    const end = firstRequestIdAt(endMs);
    const start = firstRequestIdAt(startMs);
    for (const month of utcMonths(startMs, endMs)) {
      const pages = paginateQuery(
        { client: this.client },
        {
          TableName: this.table,
          KeyConditionExpression: "tenantMonth = :partition AND requestId BETWEEN :start AND :end",
          ExpressionAttributeValues: {
            ":partition": `${tenantId}#${month}`,
            ":start": after !== undefined && after > start ? after : start,
            ":end": end,
          },
          ConsistentRead: true,
        },
      );
      for await (const page of pages) {
        for (const item of page.Items ?? []) {
          const entry = ledgerFromItem(item);
          if (entry.requestId < end && entry.requestId !== after) {
            yield entry;
          }
        }
      }
    }
  }

  private async putIf(
    entry: LedgerEntry,
    condition: string,
    values?: Record<string, unknown>,
  ): Promise<LedgerEntry> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: ledgerToItem(entry),
          ConditionExpression: condition,
          ...(values ? { ExpressionAttributeValues: values } : {}),
        }),
      );
      return entry;
    } catch (error) {
      if (!(error instanceof Error && error.name === "ConditionalCheckFailedException")) {
        throw error;
      }
    }
    const standing = await this.find(entry.tenantId, entry.requestId);
    if (!standing) {
      throw new Error(`Ledger entry ${entry.requestId} was refused as existing, but is not there.`);
    }
    return standing;
  }
}
