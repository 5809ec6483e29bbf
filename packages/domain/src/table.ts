/** How a DynamoDB table is declared: once, by the package that owns it; infra, aws-local and whoever makes it themselves read that. */

export interface TableKey {
  readonly name: string;
  readonly type: "S" | "N";
}

/** A global secondary index. An index carries the keys only. */
export interface TableIndex {
  readonly name: string;
  readonly partitionKey: TableKey;
  readonly sortKey?: TableKey;
}

export interface TableDeclaration {
  /** The name without the deployment's prefix, for example "accounts". */
  readonly name: string;
  readonly partitionKey: TableKey;
  readonly sortKey?: TableKey;
  readonly indexes?: readonly TableIndex[];
  /** The attribute with the epoch seconds after which DynamoDB may delete an item. Never rely on it. */
  readonly ttlAttribute?: string;
}

/** The table's name in a deployment. */
export function tableName(prefix: string, table: TableDeclaration): string {
  return `${prefix}-${table.name}`;
}

/**
 * The input of the AWS SDK's `CreateTableCommand` for it, paid by request. Its `ttlAttribute` is set by another call, once the
 * table is there (`UpdateTimeToLiveCommand`).
 */
export function createTableInput(prefix: string, table: TableDeclaration) {
  const { indexes = [] } = table;
  return {
    TableName: tableName(prefix, table),
    BillingMode: "PAY_PER_REQUEST" as const,
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
  };
}

type Keyed = Pick<TableIndex, "partitionKey" | "sortKey">;

function keySchema({ partitionKey, sortKey }: Keyed) {
  return [
    { AttributeName: partitionKey.name, KeyType: "HASH" as const },
    ...(sortKey ? [{ AttributeName: sortKey.name, KeyType: "RANGE" as const }] : []),
  ];
}

function attributes(keyed: readonly Keyed[]) {
  const types = new Map(
    keyed
      .flatMap(({ partitionKey, sortKey }) => [partitionKey, ...(sortKey ? [sortKey] : [])])
      .map((key) => [key.name, key.type]),
  );
  return [...types].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType }));
}
