/** Notes of calls of grants in DynamoDB, beside the ledger's entries and apart from them. */
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { type RequestId, type TenantId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import type { GrantBatch, GrantNotes } from "../grants/grant-notes.ts";
import { ledgerTable } from "../tables.ts";
import { ledgerPartition } from "./ledger-item.ts";

const noteItem = z.object({ grant: z.object({ id: z.string(), batch: z.number() }) });

export class DynamoGrantNotes implements GrantNotes {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, ledgerTable);
  }

  async note(tenantId: TenantId, requestId: RequestId, grant: GrantBatch): Promise<void> {
    await this.client.send(
      new PutCommand({ TableName: this.table, Item: { ...keyOf(tenantId, requestId), grant } }),
    );
  }

  async find(tenantId: TenantId, requestId: RequestId): Promise<GrantBatch | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: keyOf(tenantId, requestId), ConsistentRead: true }),
    );
    return Item && noteItem.parse(Item).grant;
  }
}

function keyOf(tenantId: TenantId, requestId: RequestId) {
  return { tenantMonth: `${ledgerPartition(tenantId, requestId)}#notes`, requestId };
}
