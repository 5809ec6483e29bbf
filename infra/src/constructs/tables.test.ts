import { tableName } from "@caprock/domain";
import { afterAll, expect, test } from "vitest";
import { tableDeclarations } from "../caprock-stack.ts";
import { production } from "../stages/production.ts";
import { resources, synthesizeForTest } from "../testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
afterAll(() => stage.remove());

interface Table {
  name: string;
  hash_key: string;
  range_key?: string;
  attribute: { name: string; type: string }[];
  global_secondary_index?: {
    name: string;
    hash_key: string;
    range_key?: string;
    projection_type: string;
  }[];
  ttl?: { attribute_name: string; enabled: boolean };
}
const tables = resources<Table>("aws_dynamodb_table", stage);

test("there is a table for each declaration of a package, and no other", () => {
  expect(tables.map(({ name }) => name).sort()).toEqual(
    Object.values(tableDeclarations)
      .map((declaration) => tableName(production.namePrefix, declaration))
      .sort(),
  );
});

test.each(Object.values(tableDeclarations))(
  "$name has the keys, indexes and TTL of its declaration",
  (declaration) => {
    const table = tables.find(({ name }) => name === tableName(production.namePrefix, declaration))!;
    const indexes = "indexes" in declaration ? declaration.indexes : [];
    const sortKey = "sortKey" in declaration ? declaration.sortKey : undefined;
    expect(table.hash_key).toBe(declaration.partitionKey.name);
    expect(table.range_key).toBe(sortKey?.name);
    expect(table.global_secondary_index ?? []).toEqual(
      indexes.map((index) => ({
        name: index.name,
        hash_key: index.partitionKey.name,
        range_key: index.sortKey.name,
        projection_type: "KEYS_ONLY",
      })),
    );
    const keys = [
      declaration.partitionKey,
      sortKey,
      ...indexes.flatMap((index) => [index.partitionKey, index.sortKey]),
    ];
    const types = keys.flatMap((key) => (key === undefined ? [] : [[key.name, key.type] as const]));
    expect(table.attribute).toEqual([...new Map(types)].map(([name, type]) => ({ name, type })));
    const ttl = "ttlAttribute" in declaration ? declaration.ttlAttribute : undefined;
    expect(table.ttl).toEqual(ttl ? { attribute_name: ttl, enabled: true } : undefined);
  },
);

test("every table is on demand, encrypted, recoverable and protected from deletion", () => {
  for (const table of tables) {
    expect(table).toMatchObject({
      billing_mode: "PAY_PER_REQUEST",
      server_side_encryption: { enabled: true },
      point_in_time_recovery: { enabled: true },
      deletion_protection_enabled: true,
    });
  }
});
