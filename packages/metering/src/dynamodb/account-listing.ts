/** Every account in DynamoDB: for verification, not for the path of a call. */
import { paginateScan } from "@aws-sdk/lib-dynamodb";
import { tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import type { Account } from "../account-store.ts";
import { accountsTable } from "../tables.ts";
import type { AccountListing } from "../verify/verify-parts.ts";
import { accountFromItem } from "./account-item.ts";

export class DynamoAccountListing implements AccountListing {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, accountsTable);
  }

  /** Scans, a page in memory at a time. Each account is read in one piece. */
  async *list(): AsyncIterable<Account> {
    const pages = paginateScan({ client: this.client }, { TableName: this.table, ConsistentRead: true });
    for await (const { Items = [] } of pages) {
      yield* Items.map(accountFromItem);
    }
  }
}
