/** The DynamoDB tables, exactly as the packages that own them declare them. */
import { type TableDeclaration, type TableKey, tableName } from "@caprock/domain";
import { DynamodbTable } from "@cdktf/provider-aws/lib/dynamodb-table/index.js";
import { Construct } from "constructs";

/** A deployed table and its declaration; grants need both. */
export interface DeployedTable {
  readonly declaration: TableDeclaration;
  readonly resource: DynamodbTable;
}

export interface TablesProps<Name extends string> {
  readonly namePrefix: string;
  readonly declarations: Readonly<Record<Name, TableDeclaration>>;
}

/** On-demand, encrypted, recoverable to any second of the last 35 days, and not deletable by accident. */
export class Tables<Name extends string> extends Construct {
  readonly byName: Readonly<Record<Name, DeployedTable>>;

  constructor(scope: Construct, id: string, { namePrefix, declarations }: TablesProps<Name>) {
    super(scope, id);
    const entries = Object.entries<TableDeclaration>(declarations).map(
      ([name, declaration]) =>
        [name, { declaration, resource: this.#table(namePrefix, declaration) }] as const,
    );
    this.byName = Object.fromEntries(entries) as Record<Name, DeployedTable>;
  }

  #table(namePrefix: string, declaration: TableDeclaration): DynamodbTable {
    const { partitionKey, sortKey, indexes = [], ttlAttribute } = declaration;
    return new DynamodbTable(this, declaration.name, {
      name: tableName(namePrefix, declaration),
      billingMode: "PAY_PER_REQUEST",
      hashKey: partitionKey.name,
      ...(sortKey ? { rangeKey: sortKey.name } : {}),
      attribute: keyAttributes(declaration),
      globalSecondaryIndex: indexes.map((index) => ({
        name: index.name,
        hashKey: index.partitionKey.name,
        ...(index.sortKey ? { rangeKey: index.sortKey.name } : {}),
        projectionType: "KEYS_ONLY",
      })),
      ...(ttlAttribute ? { ttl: { attributeName: ttlAttribute, enabled: true } } : {}),
      pointInTimeRecovery: { enabled: true },
      serverSideEncryption: { enabled: true },
      deletionProtectionEnabled: true,
    });
  }
}

/** Every attribute that is a key of the table or of an index, once: DynamoDB refuses others and repeats. */
function keyAttributes({
  partitionKey,
  sortKey,
  indexes = [],
}: TableDeclaration): { name: string; type: string }[] {
  const keys = [partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])];
  const typeByName = new Map(
    keys.filter((key): key is TableKey => key !== undefined).map((key) => [key.name, key.type]),
  );
  return [...typeByName].map(([name, type]) => ({ name, type }));
}
