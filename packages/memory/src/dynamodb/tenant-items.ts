/** The items of a table whose partition key is the tenant: read consistently, written by single conditional writes. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  DeleteCommand,
  type DeleteCommandInput,
  GetCommand,
  PutCommand,
  paginateQuery,
  UpdateCommand,
  type UpdateCommandInput,
} from "@aws-sdk/lib-dynamodb";
import type { TableIndex, TenantId } from "@caprock/domain";
import type { SessionKey } from "../long-term/session-turn.ts";

/** A sort key's bound (DynamoDB, Service quotas). */
const mostNameBytes = 1_024;

export class TenantItems {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** A name that is longer than any can be is found nowhere, like every other that nobody gave. */
  async get(tenantId: TenantId, item: string): Promise<Record<string, unknown> | undefined> {
    if (Buffer.byteLength(item) > mostNameBytes) {
      return undefined;
    }
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: { tenantId, item }, ConsistentRead: true }),
    );
    return Item;
  }

  put(item: Record<string, unknown>, condition?: string, values?: Record<string, unknown>): Promise<boolean> {
    return unlessConditionFails(
      this.#client.send(
        new PutCommand({
          TableName: this.#table,
          Item: item,
          ...(condition === undefined ? {} : { ConditionExpression: condition }),
          ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
        }),
      ),
    );
  }

  update({ tenantId }: SessionKey, item: string, change: Omit<UpdateCommandInput, "TableName" | "Key">) {
    return unlessConditionFails(
      this.#client.send(new UpdateCommand({ TableName: this.#table, Key: { tenantId, item }, ...change })),
    );
  }

  async delete(tenantId: TenantId, item: string): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: this.#table, Key: { tenantId, item } }));
  }

  deleteIf(
    tenantId: TenantId,
    item: string,
    condition: Pick<DeleteCommandInput, "ConditionExpression" | "ExpressionAttributeValues">,
  ): Promise<boolean> {
    return unlessConditionFails(
      this.#client.send(new DeleteCommand({ TableName: this.#table, Key: { tenantId, item }, ...condition })),
    );
  }

  /** Names alone, so that what was said is not carried along. */
  async *namesBelow(
    tenantId: TenantId,
    prefix: string,
    actorId?: string,
  ): AsyncGenerator<{ readonly item: string; readonly turnId: string | undefined }> {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        KeyConditionExpression: "tenantId = :tenant AND begins_with(#item, :prefix)",
        ...(actorId === undefined ? {} : { FilterExpression: "actorId = :actor" }),
        ExpressionAttributeNames: { "#item": "item" },
        ExpressionAttributeValues: {
          ":tenant": tenantId,
          ":prefix": prefix,
          ...(actorId === undefined ? {} : { ":actor": actorId }),
        },
        ProjectionExpression: "#item, turnId",
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      for (const { item, turnId } of Items) {
        yield { item: String(item), turnId: typeof turnId === "string" ? turnId : undefined };
      }
    }
  }

  async deleteBelow(tenantId: TenantId, prefix: string): Promise<void> {
    for await (const { item, turnId } of this.namesBelow(tenantId, prefix)) {
      if (turnId !== undefined) {
        await this.delete(tenantId, `turn-id/${turnId}`);
      }
      await this.delete(tenantId, item);
    }
  }

  async *itemsBelow(tenantId: TenantId, prefix: string): AsyncGenerator<Record<string, unknown>> {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        KeyConditionExpression: "tenantId = :tenant AND begins_with(#item, :prefix)",
        ExpressionAttributeNames: { "#item": "item" },
        ExpressionAttributeValues: { ":tenant": tenantId, ":prefix": prefix },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      yield* Items;
    }
  }

  /** The names of those that an index has under a key, the last first. The index may be a moment behind the table. */
  async *namesByIndex(
    { name, partitionKey }: TableIndex,
    key: string,
    pageSize: number,
  ): AsyncGenerator<string> {
    const pages = paginateQuery(
      { client: this.#client, pageSize },
      {
        TableName: this.#table,
        IndexName: name,
        KeyConditionExpression: "#key = :key",
        ExpressionAttributeNames: { "#key": partitionKey.name },
        ExpressionAttributeValues: { ":key": key },
        ScanIndexForward: false,
      },
    );
    for await (const { Items = [] } of pages) {
      for (const { item } of Items) {
        yield String(item);
      }
    }
  }

  /** From one name to another, both included. */
  async *between(
    tenantId: TenantId,
    first: string,
    last: string,
    { pageSize, forward }: { readonly pageSize: number; readonly forward: boolean },
  ): AsyncGenerator<Record<string, unknown>> {
    const pages = paginateQuery(
      { client: this.#client, pageSize },
      {
        TableName: this.#table,
        KeyConditionExpression: "tenantId = :tenant AND #item BETWEEN :first AND :last",
        ExpressionAttributeNames: { "#item": "item" },
        ExpressionAttributeValues: { ":tenant": tenantId, ":first": first, ":last": last },
        ScanIndexForward: forward,
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      yield* Items;
    }
  }
}

async function unlessConditionFails(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return false;
    }
    throw error;
  }
}
