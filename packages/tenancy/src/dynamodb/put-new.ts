/** Writes an item that must not exist yet, once, however often its answer is lost. */
import { isDeepStrictEqual } from "node:util";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { DocumentClient } from "@caprock/platform";

interface Keyed {
  readonly tenantId: string;
  readonly record: string;
}

/**
 * The SDK repeats a write whose answer was lost, and the repetition finds the item that the first try wrote. What
 * stands is then read, and only another item is a failure.
 */
export async function putNew<Item extends Keyed>(
  client: DocumentClient,
  table: string,
  item: Item,
): Promise<void> {
  try {
    await client.send(
      new PutCommand({ TableName: table, Item: item, ConditionExpression: "attribute_not_exists(tenantId)" }),
    );
  } catch (error) {
    const { tenantId, record } = item;
    const { Item: standing } = await client.send(
      new GetCommand({ TableName: table, Key: { tenantId, record }, ConsistentRead: true }),
    );
    if (!isDeepStrictEqual(comparable(standing), comparable(item))) {
      throw error;
    }
  }
}

/** Numbers read back as bigint where they are large, and absent members are not written. */
function comparable(item: object | undefined): unknown {
  return Object.entries(item ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value])
    .sort();
}
