/** Items that are replaced whole, one version after the other, listed newest first, and found while they are due. */
import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";

export interface VersionedItemsOptions {
  readonly client: DocumentClient;
  readonly table: string;
  /** The table's partition key. */
  readonly key: string;
  /** The index of what is due: partition `dueGroup`, sorted by `dueSort`. Items without both are not in it. */
  readonly dueIndex: string;
  readonly dueSort: string;
}

/** An index that lists items, the newest first: partition `group`, sorted by `sort`. */
export interface Listing {
  readonly index: string;
  readonly group: string;
  readonly value: string;
  readonly sort: string;
}

type Item = Readonly<Record<string, unknown>>;

/** The `dueGroup` of everything that is due; an item that is not has none. */
export const dueGroup = "due";

export class VersionedItems {
  private readonly options: VersionedItemsOptions;

  constructor(options: VersionedItemsOptions) {
    this.options = options;
  }

  /** Puts an item. False when there is one with its key. */
  async add(item: Item): Promise<boolean> {
    return this.put(item, "attribute_not_exists(#key)", { "#key": this.options.key });
  }

  /** Puts an item in the place of one of `version`. False when that one is not there any more. */
  async replace(item: Item, version: number): Promise<boolean> {
    return this.put(item, "version = :version", undefined, { ":version": version });
  }

  async read(id: string): Promise<unknown> {
    const { client, table, key } = this.options;
    const { Item } = await client.send(
      new GetCommand({ TableName: table, Key: { [key]: id }, ConsistentRead: true }),
    );
    return Item;
  }

  /** Keys of what is due by `nowMs`, the longest due first. An index is a little behind its table. */
  async due(nowMs: number, limit: number): Promise<string[]> {
    const { client, table, key, dueIndex, dueSort } = this.options;
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: dueIndex,
        KeyConditionExpression: "dueGroup = :group AND #sort <= :now",
        ExpressionAttributeNames: { "#sort": dueSort },
        ExpressionAttributeValues: { ":group": dueGroup, ":now": nowMs },
        Limit: limit,
      }),
    );
    return Items.map((item) => String(item[key]));
  }

  /** A page of items as they are now. Throws a RangeError for an `after` that no page of this listing gave. */
  async list(
    listing: Listing,
    limit: number,
    after: string | undefined,
  ): Promise<{ items: unknown[]; next?: string }> {
    const { client, table, key } = this.options;
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName: table,
        IndexName: listing.index,
        KeyConditionExpression: "#group = :group",
        ExpressionAttributeNames: { "#group": listing.group },
        ExpressionAttributeValues: { ":group": listing.value },
        ScanIndexForward: false,
        Limit: limit,
        ...(after === undefined ? {} : { ExclusiveStartKey: readCursor(after, key, listing) }),
      }),
    );
    const items = await Promise.all(Items.map((item) => this.read(String(item[key]))));
    return {
      items: items.filter((item) => item !== undefined),
      ...(LastEvaluatedKey === undefined
        ? {}
        : { next: writeCursor(LastEvaluatedKey[key], LastEvaluatedKey[listing.sort]) }),
    };
  }

  private async put(
    item: Item,
    condition: string,
    names?: Record<string, string>,
    values?: Record<string, unknown>,
  ): Promise<boolean> {
    const { client, table } = this.options;
    try {
      await client.send(
        new PutCommand({
          TableName: table,
          Item: item,
          ConditionExpression: condition,
          ...(names ? { ExpressionAttributeNames: names } : {}),
          ...(values ? { ExpressionAttributeValues: values } : {}),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
        return false;
      }
      throw error;
    }
  }
}

const cursor = z.tuple([z.string(), z.number()]);

function writeCursor(id: unknown, sort: unknown): string {
  return Buffer.from(JSON.stringify([id, sort])).toString("base64url");
}

function readCursor(text: string, key: string, { group, value, sort }: Listing): Record<string, unknown> {
  try {
    const [id, at] = cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
    return { [key]: id, [group]: value, [sort]: at };
  } catch {
    throw new RangeError("This is not where a page ended.");
  }
}
