/** How a DynamoDB table is declared: once, by the package that owns it; infra and aws-local both read it. */

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
