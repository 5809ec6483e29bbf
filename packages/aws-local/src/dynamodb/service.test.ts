import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetItemCommand, ListTablesCommand, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import type { TableDeclaration } from "@caprock/domain";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { dynamoDbClient } from "../test-clients.ts";
import { createTables, OlderTableError } from "./create-tables.ts";

const table: TableDeclaration = {
  name: "things",
  partitionKey: { name: "pk", type: "S" },
  sortKey: { name: "sk", type: "S" },
  indexes: [{ name: "byAge", partitionKey: { name: "pk", type: "S" }, sortKey: { name: "age", type: "N" } }],
};
const keys = { pk: { S: "a" }, sk: { S: "b" }, age: { N: "7" } };
const item = { ...keys, colour: { S: "red" } };
const put = new PutItemCommand({ TableName: "x-things", Item: item });
const get = new GetItemCommand({ TableName: "x-things", Key: { pk: { S: "a" }, sk: { S: "b" } } });

let folder: string;
let local: AwsLocal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  local = await startAwsLocal({ dataFolder: folder });
});
afterEach(async () => {
  await local.close();
  await rm(folder, { recursive: true });
});

test("declared tables, indexes and items outlive a restart, and creating tables again keeps them; an index carries keys only", async () => {
  await createTables(dynamoDbClient(local.url), "x", [table]);
  await dynamoDbClient(local.url).send(put);
  await local.close();
  local = await startAwsLocal({ dataFolder: folder });
  const client = dynamoDbClient(local.url);
  await createTables(client, "x", [table]);
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual(["x-things"]);
  const found = await client.send(
    new QueryCommand({
      TableName: "x-things",
      IndexName: "byAge",
      KeyConditionExpression: "pk = :pk AND age > :age",
      ExpressionAttributeValues: { ":pk": { S: "a" }, ":age": { N: "6" } },
    }),
  );
  expect(found.Items).toEqual([keys]);
  expect((await client.send(get)).Item).toEqual(item);
});

test("a table that was made before an index of its declaration is told, not used without it", async () => {
  const client = dynamoDbClient(local.url);
  const { indexes: _, ...older } = table;
  await createTables(client, "x", [older]);
  await expect(createTables(client, "x", [table])).rejects.toThrow(
    new OlderTableError("Table x-things has no index byAge."),
  );
});

test("a lost answer applies the write and breaks the connection", async () => {
  const client = dynamoDbClient(local.url);
  await createTables(client, "x", [table]);
  local.addFault({ service: "dynamodb", kind: "lostAnswer", operation: "PutItem" });
  await expect(client.send(put)).rejects.toThrow();
  expect((await client.send(get)).Item).toEqual(item);
});

test("a throttled write is the SDK's typed error and leaves nothing behind", async () => {
  const client = dynamoDbClient(local.url);
  await createTables(client, "x", [table]);
  local.addFault({ service: "dynamodb", kind: "throttle", table: "x-things" });
  await expect(client.send(put)).rejects.toMatchObject({ name: "ProvisionedThroughputExceededException" });
  expect((await client.send(get)).Item).toBeUndefined();
});
