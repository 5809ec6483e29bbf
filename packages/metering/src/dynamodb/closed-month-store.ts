/** Closed months in DynamoDB: one conditional put each, never changed. */
import { GetCommand, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { type TenantId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import type { ClosedMonth, ClosedMonthStore } from "../closed-months/closed-month-store.ts";
import { closedMonthsTable } from "../tables.ts";
import { exactInteger } from "./account-item.ts";

const count = z.number();

/** `month` is stored as `closedMonth`: DynamoDB reserves the other word. */
const closedMonthItem = z
  .object({
    tenantId: z.string(),
    closedMonth: z.string(),
    timeZone: z.string(),
    startMs: z.number(),
    endMs: z.number(),
    closedAtMs: z.number(),
    entries: count,
    listCostNanoUsd: exactInteger,
    costNanoUsd: exactInteger,
    usage: z.object({
      input: count,
      cacheRead: count,
      cacheWrite5m: count,
      cacheWrite1h: count,
      output: count,
    }),
    entriesSha256: z.string(),
    adjustments: count,
    adjustmentsNanoUsd: exactInteger,
  })
  .transform(({ closedMonth, ...rest }): ClosedMonth => ({ ...rest, month: closedMonth }));

export class DynamoClosedMonthStore implements ClosedMonthStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, closedMonthsTable);
  }

  async close(closed: ClosedMonth): Promise<ClosedMonth> {
    const { month, ...rest } = closed;
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: { ...rest, closedMonth: month },
          ConditionExpression: "attribute_not_exists(closedMonth)",
        }),
      );
      return closed;
    } catch (error) {
      if (!(error instanceof Error && error.name === "ConditionalCheckFailedException")) {
        throw error;
      }
    }
    const standing = await this.find(closed.tenantId, month);
    if (!standing) {
      throw new Error(`Month ${month} of ${closed.tenantId} was refused as closed, but is not there.`);
    }
    return standing;
  }

  async find(tenantId: TenantId, month: string): Promise<ClosedMonth | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({
        TableName: this.table,
        Key: { tenantId, closedMonth: month },
        ConsistentRead: true,
      }),
    );
    return Item ? closedMonthItem.parse(Item) : undefined;
  }

  async *list(tenantId: TenantId): AsyncIterable<ClosedMonth> {
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        KeyConditionExpression: "tenantId = :tenant",
        ExpressionAttributeValues: { ":tenant": tenantId },
        ScanIndexForward: false,
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      yield* Items.map((item) => closedMonthItem.parse(item));
    }
  }
}
