/** Audit entries in DynamoDB: one item for each, and one for the head of its chain. */
import { GetCommand, PutCommand, paginateQuery, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import type { AuditChain, ChainedEntry } from "../audit-chain.ts";
import type { AuditLog, ChainHead } from "../audit-log.ts";
import { auditTable } from "../tables.ts";

/** Entries count from 1. */
const headSequence = 0;

const entryItem = z.object({ sequence: z.number(), text: z.string(), hash: z.string() });
const headItem = z.object({ lastSequence: z.number(), lastHash: z.string() });

export class DynamoAuditLog implements AuditLog {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, auditTable);
  }

  async last(chain: AuditChain): Promise<ChainedEntry | undefined> {
    const [last] = await this.page(chain, { limit: 1 });
    return last;
  }

  /** The head follows the entry, so it never tells of one that is not there. A crash between leaves it behind by one. */
  async add(chain: AuditChain, entry: ChainedEntry): Promise<boolean> {
    if (!(await this.putEntry(chain, entry))) {
      return false;
    }
    await this.moveHead(chain, entry);
    return true;
  }

  async head(chain: AuditChain): Promise<ChainHead | undefined> {
    const item = await this.read(chain, headSequence);
    if (!item) {
      return undefined;
    }
    const { lastSequence, lastHash } = headItem.parse(item);
    return { sequence: lastSequence, hash: lastHash };
  }

  async *entries(chain: AuditChain): AsyncIterable<ChainedEntry> {
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        KeyConditionExpression: "#chain = :chain AND #sequence > :head",
        ExpressionAttributeNames: { "#chain": "chain", "#sequence": "sequence" },
        ExpressionAttributeValues: { ":chain": chain, ":head": headSequence },
        ConsistentRead: true,
      },
    );
    for await (const page of pages) {
      yield* (page.Items ?? []).map(entryFromItem);
    }
  }

  async page(
    chain: AuditChain,
    {
      before = Number.MAX_SAFE_INTEGER,
      limit,
    }: { readonly before?: number | undefined; readonly limit: number },
  ): Promise<readonly ChainedEntry[]> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: "#chain = :chain AND #sequence BETWEEN :first AND :last",
        ExpressionAttributeNames: { "#chain": "chain", "#sequence": "sequence" },
        ExpressionAttributeValues: { ":chain": chain, ":first": headSequence + 1, ":last": before - 1 },
        ScanIndexForward: false,
        Limit: limit,
        ConsistentRead: true,
      }),
    );
    return Items.map(entryFromItem);
  }

  private async putEntry(chain: AuditChain, entry: ChainedEntry): Promise<boolean> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: { chain, ...entry },
          ConditionExpression: "attribute_not_exists(#chain)",
          ExpressionAttributeNames: { "#chain": "chain" },
        }),
      );
      return true;
    } catch (error) {
      if (!isRefusedWrite(error)) {
        throw error;
      }
      const standing = await this.read(chain, entry.sequence);
      return standing !== undefined && entryFromItem(standing).hash === entry.hash;
    }
  }

  private async moveHead(chain: AuditChain, { sequence, hash }: ChainHead): Promise<void> {
    try {
      await this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: { chain, sequence: headSequence },
          UpdateExpression: "SET lastSequence = :sequence, lastHash = :hash",
          ConditionExpression: "attribute_not_exists(lastSequence) OR lastSequence < :sequence",
          ExpressionAttributeValues: { ":sequence": sequence, ":hash": hash },
        }),
      );
    } catch (error) {
      // A later entry was faster, or this is the repetition of a write whose answer was lost.
      if (!isRefusedWrite(error)) {
        throw error;
      }
    }
  }

  private async read(chain: AuditChain, sequence: number): Promise<unknown> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: { chain, sequence }, ConsistentRead: true }),
    );
    return Item;
  }
}

function entryFromItem(item: unknown): ChainedEntry {
  return entryItem.parse(item);
}

function isRefusedWrite(error: unknown): boolean {
  return error instanceof Error && error.name === "ConditionalCheckFailedException";
}
