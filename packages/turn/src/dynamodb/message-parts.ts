/** Messages that come in several parts, in DynamoDB: an item for each part, and one that counts them. */
import { PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type TenantId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import type { MessageParts, StoredPart } from "../live/message-parts.ts";
import { liveTurnsTable } from "../tables.ts";
import { expiryOf, type LiveTurnsPlace } from "./live-turns-place.ts";

const partItem = z.object({ index: z.number(), text: z.string() });

export class DynamoMessageParts implements MessageParts {
  private readonly client: DocumentClient;
  private readonly table: string;
  private readonly place: LiveTurnsPlace;

  constructor(place: LiveTurnsPlace) {
    this.client = place.client;
    this.table = tableName(place.tablePrefix, liveTurnsTable);
    this.place = place;
  }

  async add(
    tenantId: TenantId,
    sender: string,
    { index, count, text }: StoredPart,
  ): Promise<string | undefined> {
    const owner = `${tenantId}#message#${sender}`;
    const record = `part#${String(index).padStart(4, "0")}`;
    await this.client.send(
      new PutCommand({
        TableName: this.table,
        Item: { owner, record, index, text, ...expiryOf(this.place) },
      }),
    );
    const arrived = await this.client.send(
      new UpdateCommand({
        TableName: this.table,
        Key: { owner, record: "parts" },
        UpdateExpression: "ADD #have :index SET expiresAtSeconds = :expires",
        ExpressionAttributeNames: { "#have": "have" },
        ExpressionAttributeValues: {
          ":index": new Set([index]),
          ":expires": expiryOf(this.place).expiresAtSeconds,
        },
        ReturnValues: "UPDATED_NEW",
      }),
    );
    const { have } = z.object({ have: z.set(z.number()) }).parse(arrived.Attributes);
    return have.size < count ? undefined : this.joinParts(owner, count);
  }

  private async joinParts(owner: string, count: number): Promise<string | undefined> {
    const texts = new Map<number, string>();
    let start: Record<string, unknown> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: "#owner = :owner AND begins_with(#record, :part)",
          ExpressionAttributeNames: { "#owner": "owner", "#record": "record" },
          ExpressionAttributeValues: { ":owner": owner, ":part": "part#" },
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      for (const item of page.Items ?? []) {
        const part = partItem.parse(item);
        texts.set(part.index, part.text);
      }
      start = page.LastEvaluatedKey;
    } while (start);
    const pieces = Array.from({ length: count }, (_, at) => texts.get(at));
    return pieces.includes(undefined) ? undefined : pieces.join("");
  }
}
