/** Adjustments in DynamoDB: conditional puts beside the call, so that one place among a call's adjustments is taken once. */
import { BatchGetCommand, GetCommand, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { firstRequestIdAt, type RequestId, type TenantId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import type { Adjustment, AdjustmentStore, CallRange } from "../adjustments/adjustment-store.ts";
import { adjustmentsTable } from "../tables.ts";
import { utcMonths } from "../windows.ts";
import { adjustmentFromItem, adjustmentToItem, billPartition } from "./adjustment-item.ts";
import { ledgerPartition } from "./ledger-item.ts";

/** What one BatchGetItem reads (AWS API reference, BatchGetItem). */
const readsOfBatch = 100;
const [byBill] = adjustmentsTable.indexes;

export class DynamoAdjustmentStore implements AdjustmentStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, adjustmentsTable);
  }

  async post(adjustment: Adjustment): Promise<boolean> {
    const item = adjustmentToItem(adjustment);
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: item,
          ConditionExpression: "attribute_not_exists(adjustmentId)",
        }),
      );
      return true;
    } catch (error) {
      if (!(error instanceof Error && error.name === "ConditionalCheckFailedException")) {
        throw error;
      }
    }
    // The SDK repeats a write whose answer was lost, and then meets its own item.
    const { Item } = await this.client.send(
      new GetCommand({
        TableName: this.table,
        Key: { tenantMonth: item.tenantMonth, adjustmentId: item.adjustmentId },
        ConsistentRead: true,
      }),
    );
    return Item !== undefined && isSame(adjustmentFromItem(Item), adjustment);
  }

  async ofCall(tenantId: TenantId, requestId: RequestId): Promise<readonly Adjustment[]> {
    const found: Adjustment[] = [];
    const start = `${requestId}.`;
    // "/" follows "." in the order of keys.
    for await (const adjustment of this.between(
      ledgerPartition(tenantId, requestId),
      start,
      `${requestId}/`,
    )) {
      found.push(adjustment);
    }
    return found;
  }

  async *ofCalls(tenantId: TenantId, { startMs, endMs }: CallRange): AsyncIterable<Adjustment> {
    for (const month of utcMonths(startMs, endMs)) {
      yield* this.between(`${tenantId}#${month}`, firstRequestIdAt(startMs), firstRequestIdAt(endMs));
    }
  }

  async *billedIn(tenantId: TenantId, month: string, after?: string): AsyncIterable<Adjustment> {
    const pages = paginateQuery(
      { client: this.client, pageSize: readsOfBatch },
      {
        TableName: this.table,
        IndexName: byBill.name,
        KeyConditionExpression: "tenantBill = :bill AND adjustmentId > :after",
        ExpressionAttributeValues: { ":bill": billPartition(tenantId, month), ":after": after ?? " " },
      },
    );
    for await (const { Items = [] } of pages) {
      yield* await this.read(Items.map(({ tenantMonth, adjustmentId }) => ({ tenantMonth, adjustmentId })));
    }
  }

  private async *between(partition: string, start: string, end: string): AsyncIterable<Adjustment> {
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        KeyConditionExpression: "tenantMonth = :partition AND adjustmentId BETWEEN :start AND :end",
        ExpressionAttributeValues: { ":partition": partition, ":start": start, ":end": end },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      yield* Items.map(adjustmentFromItem);
    }
  }

  /** Reads what the index, which carries keys only, has listed; in the order of the keys. */
  private async read(keys: readonly Record<string, unknown>[]): Promise<readonly Adjustment[]> {
    const found: Adjustment[] = [];
    for (let left = keys; left.length > 0; ) {
      const { Responses = {}, UnprocessedKeys = {} } = await this.client.send(
        new BatchGetCommand({ RequestItems: { [this.table]: { Keys: [...left], ConsistentRead: true } } }),
      );
      found.push(...(Responses[this.table] ?? []).map(adjustmentFromItem));
      left = UnprocessedKeys[this.table]?.Keys ?? [];
    }
    return found.sort((a, b) => (a.adjustmentId < b.adjustmentId ? -1 : 1));
  }
}

/** Two who post at the same millisecond, for the same reason, by the same edition, post the same. */
function isSame(standing: Adjustment, posted: Adjustment): boolean {
  return (
    standing.kind === posted.kind &&
    standing.deltaNanoUsd === posted.deltaNanoUsd &&
    standing.toPriceBookVersion === posted.toPriceBookVersion &&
    standing.markupBasisPoints === posted.markupBasisPoints &&
    standing.postedAtMs === posted.postedAtMs &&
    standing.author === posted.author
  );
}
