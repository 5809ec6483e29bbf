/** Ingestion marks in DynamoDB: one item a session, changed by single conditional writes. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { DeleteCommand, GetCommand, paginateQuery, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type TenantId, tableName } from "@caprock/domain";
import { z } from "zod";
import type { IngestionMark, IngestionMarks, Sending } from "../long-term/ingestion-marks.ts";
import { actorName, sessionName } from "../long-term/memory-names.ts";
import type { SessionKey } from "../long-term/session-turn.ts";
import { ingestionsTable } from "../tables.ts";

const itemSchema = z.object({
  incarnation: z.string(),
  through: z.number(),
  sendingTo: z.number().optional(),
  billId: z.string().optional(),
});

const isSending = "incarnation = :incarnation AND through = :through AND sendingTo = :to";

export class DynamoIngestionMarks implements IngestionMarks {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBDocumentClient, tablePrefix: string) {
    this.#client = client;
    this.#table = tableName(tablePrefix, ingestionsTable);
  }

  async read(session: SessionKey): Promise<IngestionMark | undefined> {
    const { Item } = await this.#client.send(
      new GetCommand({ TableName: this.#table, Key: keyOf(session), ConsistentRead: true }),
    );
    if (Item === undefined) {
      return undefined;
    }
    const { incarnation, through, sendingTo, billId } = itemSchema.parse(Item);
    return { incarnation, through, sendingTo, ...(billId === undefined ? {} : { billId }) };
  }

  beginSending(session: SessionKey, { incarnation, through, sendingTo, billId }: Sending): Promise<boolean> {
    const known = "incarnation = :incarnation AND through = :through AND attribute_not_exists(sendingTo)";
    const begins = "attribute_not_exists(incarnation) OR incarnation <> :incarnation";
    return this.#update(session, {
      UpdateExpression: `SET incarnation = :incarnation, through = :through, sendingTo = :to${billId === undefined ? " REMOVE billId" : ", billId = :bill"}`,
      ConditionExpression: through === 0 ? `${begins} OR (${known})` : known,
      ExpressionAttributeValues: {
        ":incarnation": incarnation,
        ":through": through,
        ":to": sendingTo,
        ...(billId === undefined ? {} : { ":bill": billId }),
      },
    });
  }

  billAnew(
    session: SessionKey,
    { incarnation, through, sendingTo, billId }: Sending,
    before: string | undefined,
  ): Promise<boolean> {
    return this.#update(session, {
      UpdateExpression: "SET billId = :bill",
      ConditionExpression: `${isSending} AND ${before === undefined ? "attribute_not_exists(billId)" : "billId = :before"}`,
      ExpressionAttributeValues: {
        ":incarnation": incarnation,
        ":through": through,
        ":to": sendingTo,
        ":bill": billId,
        ...(before === undefined ? {} : { ":before": before }),
      },
    });
  }

  endSending(session: SessionKey, { incarnation, through, sendingTo }: Sending): Promise<boolean> {
    return this.#update(session, {
      UpdateExpression: "SET through = :to REMOVE sendingTo, billId",
      ConditionExpression: isSending,
      ExpressionAttributeValues: { ":incarnation": incarnation, ":through": through, ":to": sendingTo },
    });
  }

  async removeSession(session: SessionKey): Promise<void> {
    await this.#client.send(new DeleteCommand({ TableName: this.#table, Key: keyOf(session) }));
  }

  removeActor(tenantId: TenantId, actorId: string): Promise<void> {
    return this.#removeBelow(tenantId, `${actorName(tenantId, actorId)}/`);
  }

  removeTenant(tenantId: TenantId): Promise<void> {
    return this.#removeBelow(tenantId, "");
  }

  async #update(
    session: SessionKey,
    change: Pick<
      UpdateCommand["input"],
      "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeValues"
    >,
  ): Promise<boolean> {
    try {
      await this.#client.send(new UpdateCommand({ TableName: this.#table, Key: keyOf(session), ...change }));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return false;
      }
      throw error;
    }
  }

  async #removeBelow(tenantId: TenantId, prefix: string): Promise<void> {
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.#table,
        KeyConditionExpression: `tenantId = :tenant${prefix === "" ? "" : " AND begins_with(actorSession, :prefix)"}`,
        ExpressionAttributeValues: { ":tenant": tenantId, ...(prefix === "" ? {} : { ":prefix": prefix }) },
        ProjectionExpression: "tenantId, actorSession",
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) {
      for (const { actorSession } of Items) {
        await this.#client.send(
          new DeleteCommand({ TableName: this.#table, Key: { tenantId, actorSession } }),
        );
      }
    }
  }
}

function keyOf({ tenantId, actorId, sessionId }: SessionKey): Record<string, string> {
  return { tenantId, actorSession: `${actorName(tenantId, actorId)}/${sessionName(sessionId)}` };
}
