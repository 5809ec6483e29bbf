/** Creates declared tables where they are missing. */
import {
  type AttributeDefinition,
  CreateTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { type TableDeclaration, type TableIndex, tableName } from "@caprock/platform";

type Keyed = Pick<TableIndex, "partitionKey" | "sortKey">;

/** Seconds. A local table is ready within milliseconds; the SDK's own pauses are made for AWS. */
const wait = { maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.2 };

/** Creates every table that does not exist yet, and waits until all take writes; existing ones keep their items. */
export async function createTables(
  client: DynamoDBClient,
  prefix: string,
  tables: readonly TableDeclaration[],
): Promise<void> {
  for (const table of tables) {
    const indexes = table.indexes ?? [];
    const create = new CreateTableCommand({
      TableName: tableName(prefix, table),
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: attributes([table, ...indexes]),
      KeySchema: keySchema(table),
      ...(indexes.length === 0
        ? {}
        : {
            GlobalSecondaryIndexes: indexes.map((index) => ({
              IndexName: index.name,
              KeySchema: keySchema(index),
              Projection: { ProjectionType: "KEYS_ONLY" as const },
            })),
          }),
    });
    try {
      await client.send(create);
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) {
        throw error;
      }
    }
  }
  for (const table of tables) {
    await waitUntilTableExists({ client, ...wait }, { TableName: tableName(prefix, table) });
  }
}

function keySchema({ partitionKey, sortKey }: Keyed): KeySchemaElement[] {
  return [
    { AttributeName: partitionKey.name, KeyType: "HASH" },
    ...(sortKey ? [{ AttributeName: sortKey.name, KeyType: "RANGE" as const }] : []),
  ];
}

function attributes(keyed: readonly Keyed[]): AttributeDefinition[] {
  const types = new Map(
    keyed
      .flatMap(({ partitionKey, sortKey }) => [partitionKey, ...(sortKey ? [sortKey] : [])])
      .map((key) => [key.name, key.type]),
  );
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}
