/** The ledger in DynamoDB: conditional puts, keyed by request, so that an entry is written once. */
import { GetCommand, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { firstRequestIdAt, type RequestId, type TenantId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";
import { ledgerTable } from "../tables.ts";
import { utcMonths } from "../windows.ts";
import { BatchPut, mostOfBatch } from "./batch-put.ts";
import { ledgerFromItem, ledgerPartition, ledgerToAttributes, ledgerToItem } from "./ledger-item.ts";

const batchAttempts = 3;

export class DynamoLedgerStore implements LedgerStore {
  private readonly client: DocumentClient;
  private readonly table: string;
  private readonly batches: BatchPut;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, ledgerTable);
    this.batches = new BatchPut(client, this.table);
  }

  record(entry: LedgerEntry): Promise<LedgerEntry> {
    return this.putIf(entry, "attribute_not_exists(requestId)");
  }

  async recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    const chunks: (readonly LedgerEntry[])[] = [];
    for (let start = 0; start < entries.length; start += mostOfBatch) {
      chunks.push(entries.slice(start, start + mostOfBatch));
    }
    return (await Promise.all(chunks.map((chunk) => this.writeBatch(chunk)))).flat();
  }

  async correct(entry: LedgerEntry): Promise<LedgerEntry> {
    const standing = await this.find(entry.tenantId, entry.requestId);
    if (!standing) {
      return this.record(entry);
    }
    if (!standing.estimated) {
      return standing;
    }
    const corrected: LedgerEntry = {
      ...entry,
      ...(standing.grant && { grant: standing.grant }),
      corrected: { atMs: entry.settledAtMs, estimatedCostNanoUsd: standing.costNanoUsd },
    };
    return this.putIf(corrected, "estimated = :true", { ":true": true });
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

  /** Resolves with what could not be written; DynamoDB may take a part of a batch only. */
  private async writeBatch(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    let left = entries;
    for (let attempt = 0; attempt < batchAttempts && left.length > 0; attempt += 1) {
      const items = left.map(ledgerToAttributes);
      try {
        const untaken = await (attempt === 0 ? this.batches.put(items) : this.batches.putPatiently(items));
        const untakenIds = new Set(untaken.map(({ requestId }) => requestId?.S));
        left = left.filter(({ requestId }) => untakenIds.has(requestId));
      } catch {
        // Tried again through the SDK, whose own retries are then over; whoever asked has another way to write what is left.
        if (attempt > 0) {
          break;
        }
      }
    }
    return left;
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
