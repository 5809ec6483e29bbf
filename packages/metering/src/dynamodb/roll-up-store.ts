/** Roll-ups in DynamoDB: an item for each hour of a tenant, written under the count of its late writes. */
import {
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import { type TenantId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import {
  openWriteMs,
  type RolledHour,
  type RollUpProgress,
  type RollUpStore,
} from "../reports/roll-up-store.ts";
import type { UsageCell } from "../reports/usage-cell.ts";
import { rollupsTable } from "../tables.ts";
import { cellsToBytes, rolledHourFromItem, writePrefix } from "./roll-up-item.ts";

/** An hour whose last late write is this old is rolled up again: late writes come in swarms. */
const calmMs = 10 * 60_000;

const dueGroup = "due";
const progressPart = "progress";
const progressItem = z.object({ fromMs: z.number(), untilMs: z.number() });
const dueItem = z.object({ tenantId: z.string(), part: z.string() });

/** Sorts by time: years have four digits. */
function hourPart(startMs: number): string {
  return `hour#${new Date(startMs).toISOString()}`;
}

export class DynamoRollUpStore implements RollUpStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, rollupsTable);
  }

  async *list(
    tenantId: TenantId,
    { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  ): AsyncIterable<RolledHour> {
    if (startMs >= endMs) {
      return;
    }
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        KeyConditionExpression: "tenantId = :tenant AND #part BETWEEN :start AND :end",
        ExpressionAttributeNames: { "#part": "part" },
        ExpressionAttributeValues: {
          ":tenant": tenantId,
          ":start": hourPart(startMs),
          ":end": hourPart(endMs - 1),
        },
        ConsistentRead: true,
      },
    );
    for await (const page of pages) {
      yield* (page.Items ?? []).map(rolledHourFromItem);
    }
  }

  async put(
    tenantId: TenantId,
    startMs: number,
    cells: readonly UsageCell[],
    changes: number,
  ): Promise<boolean> {
    const bytes = cellsToBytes(cells, startMs);
    const isKept = await succeeds(
      this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: { tenantId, part: hourPart(startMs), startMs, changes, cells: bytes },
          ...unchangedSince(changes),
        }),
      ),
    );
    return isKept && bytes !== undefined;
  }

  async beginWrite(tenantId: TenantId, startMs: number, writeId: string, nowMs: number): Promise<void> {
    await this.noteWrite(tenantId, startMs, nowMs + openWriteMs, {
      set: ", #write = :now",
      remove: "",
      writeId,
      values: { ":now": nowMs },
    });
  }

  async endWrite(tenantId: TenantId, startMs: number, writeId: string, nowMs: number): Promise<void> {
    await this.noteWrite(tenantId, startMs, nowMs + calmMs, {
      set: "",
      remove: ", #write",
      writeId,
      values: {},
    });
  }

  async *due(nowMs: number): AsyncIterable<{ readonly tenantId: TenantId; readonly startMs: number }> {
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        IndexName: "byDueTime",
        KeyConditionExpression: "dueGroup = :due AND dueAtMs <= :now",
        ExpressionAttributeValues: { ":due": dueGroup, ":now": nowMs },
      },
    );
    for await (const page of pages) {
      for (const item of page.Items ?? []) {
        const { tenantId, part } = dueItem.parse(item);
        yield { tenantId, startMs: Date.parse(part.slice(part.indexOf("#") + 1)) };
      }
    }
  }

  async schedule(tenantId: TenantId, startMs: number, changes: number, dueAtMs: number): Promise<void> {
    const { ConditionExpression, ExpressionAttributeValues } = unchangedSince(changes);
    await succeeds(
      this.update(tenantId, hourPart(startMs), {
        UpdateExpression: "SET dueGroup = :due, dueAtMs = :at",
        ConditionExpression,
        ExpressionAttributeValues: { ...ExpressionAttributeValues, ":due": dueGroup, ":at": dueAtMs },
      }),
    );
  }

  async readProgress(tenantId: TenantId): Promise<RollUpProgress | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({
        TableName: this.table,
        Key: { tenantId, part: progressPart },
        ConsistentRead: true,
      }),
    );
    return Item ? progressItem.parse(Item) : undefined;
  }

  async advance(tenantId: TenantId, { fromMs, untilMs }: RollUpProgress): Promise<void> {
    await succeeds(
      this.update(tenantId, progressPart, {
        UpdateExpression: "SET fromMs = :from, untilMs = :until",
        ConditionExpression: "attribute_not_exists(fromMs) OR fromMs = :from AND untilMs < :until",
        ExpressionAttributeValues: { ":from": fromMs, ":until": untilMs },
      }),
    );
  }

  private async noteWrite(
    tenantId: TenantId,
    startMs: number,
    dueAtMs: number,
    change: {
      readonly set: string;
      readonly remove: string;
      readonly writeId: string;
      readonly values: Record<string, number>;
    },
  ): Promise<void> {
    await this.update(tenantId, hourPart(startMs), {
      UpdateExpression:
        "SET startMs = :start, changes = if_not_exists(changes, :zero) + :one, dueGroup = :due, dueAtMs = :at" +
        `${change.set} REMOVE cells${change.remove}`,
      ExpressionAttributeNames: { "#write": `${writePrefix}${change.writeId}` },
      ExpressionAttributeValues: {
        ":start": startMs,
        ":zero": 0,
        ":one": 1,
        ":due": dueGroup,
        ":at": dueAtMs,
        ...change.values,
      },
    });
  }

  private async update(
    tenantId: TenantId,
    part: string,
    input: Omit<UpdateCommandInput, "TableName" | "Key">,
  ): Promise<void> {
    await this.client.send(new UpdateCommand({ TableName: this.table, Key: { tenantId, part }, ...input }));
  }
}

/** An hour that was never written to late has no item, or one that a roller made. */
function unchangedSince(changes: number) {
  return {
    ConditionExpression:
      changes === 0 ? "attribute_not_exists(changes) OR changes = :changes" : "changes = :changes",
    ExpressionAttributeValues: { ":changes": changes },
  };
}

/** False when the condition of the write did not hold. */
async function succeeds(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
      return false;
    }
    throw error;
  }
}
