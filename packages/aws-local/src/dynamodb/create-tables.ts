/** Creates declared tables where they are missing. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { createTableInput, type TableDeclaration, tableName } from "@caprock/domain";

/** Seconds. A local table is ready within milliseconds; the SDK's own pauses are made for AWS. */
const wait = { maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.2 };

/** A table that is there has not the indexes that it is declared with, which nothing can add to it locally. */
export class OlderTableError extends Error {
  override name = "OlderTableError";
}

/**
 * Creates every table that does not exist yet, and waits until all take writes; existing ones keep their items. Throws
 * OlderTableError for one that was made before one of its indexes was declared.
 */
export async function createTables(
  client: DynamoDBClient,
  prefix: string,
  tables: readonly TableDeclaration[],
): Promise<void> {
  for (const table of tables) {
    try {
      await client.send(new CreateTableCommand(createTableInput(prefix, table)));
    } catch (error) {
      if (!(error instanceof ResourceInUseException)) {
        throw error;
      }
      await checkIndexes(client, prefix, table);
    }
  }
  for (const table of tables) {
    await waitUntilTableExists({ client, ...wait }, { TableName: tableName(prefix, table) });
  }
}

async function checkIndexes(client: DynamoDBClient, prefix: string, table: TableDeclaration): Promise<void> {
  const name = tableName(prefix, table);
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  const there = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  const missing = (table.indexes ?? []).filter((index) => !there.has(index.name));
  if (missing.length > 0) {
    throw new OlderTableError(`Table ${name} has no index ${missing.map((index) => index.name).join(", ")}.`);
  }
}
