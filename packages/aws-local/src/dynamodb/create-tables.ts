/** Creates declared tables where they are missing. */
import {
  CreateTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { createTableInput, type TableDeclaration, tableName } from "@caprock/domain";

/** Seconds. A local table is ready within milliseconds; the SDK's own pauses are made for AWS. */
const wait = { maxWaitTime: 30, minDelay: 0.01, maxDelay: 0.2 };

/** Creates every table that does not exist yet, and waits until all take writes; existing ones keep their items. */
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
    }
  }
  for (const table of tables) {
    await waitUntilTableExists({ client, ...wait }, { TableName: tableName(prefix, table) });
  }
}
