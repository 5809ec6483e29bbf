/** The ledger in DynamoDB: conditional puts, keyed by request, so that an entry is written once. */
import { BatchWriteItemCommand } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, paginateQuery } from "@aws-sdk/lib-dynamodb";
import { firstRequestIdAt, type RequestId, type TenantId } from "@caprock/domain";
import { type DocumentClient, tableName } from "@caprock/platform";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../ledger-store.ts";
import { ledgerTable } from "../tables.ts";
import { utcMonths } from "../windows.ts";
import { ledgerFromItem, ledgerPartition, ledgerToAttributes, ledgerToItem } from "./ledger-item.ts";

/** What one BatchWriteItem takes (AWS API reference, BatchWriteItem). */
const writesOfBatch = 25;
const batchAttempts = 3;

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

  async recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    const chunks: (readonly LedgerEntry[])[] = [];
    for (let start = 0; start < entries.length; start += writesOfBatch) {
      chunks.push(entries.slice(start, start + writesOfBatch));
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

  /**
   * Resolves with what could not be written; DynamoDB may take a part of a batch only. Every granted call comes this
   * way, so the document client's translation, a quarter of the write's CPU, is left out.
   */
  private async writeBatch(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    let left = new Map(entries.map((entry) => [entry.requestId, entry]));
    for (let attempt = 0; attempt < batchAttempts && left.size > 0; attempt += 1) {
      const puts = [...left.values()].map((entry) => ({ PutRequest: { Item: ledgerToAttributes(entry) } }));
      try {
        const { UnprocessedItems = {} } = await this.client.send(
          new BatchWriteItemCommand({ RequestItems: { [this.table]: puts } }),
        );
        const unprocessed = new Set(
          (UnprocessedItems[this.table] ?? []).map(({ PutRequest }) => PutRequest?.Item?.requestId?.S),
        );
        left = new Map([...left].filter(([requestId]) => unprocessed.has(requestId)));
      } catch {
        // The SDK has retried already; whoever asked has another way to write what is left.
        break;
      }
    }
    return [...left.values()];
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
