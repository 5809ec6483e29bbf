/** Writes a session of thousands of turns: the first by the store itself, the others as copies of what it wrote. */
import { BatchWriteCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { SessionKey, TurnMessage } from "@caprock/memory";
import { DynamoSessionStore } from "@caprock/memory/dynamodb";
import { S3TurnBodies } from "@caprock/memory/s3";
import { sessionsTable } from "@caprock/memory/tables";
import { createS3Client, localCredentials, systemClock } from "@caprock/platform";
import { type Platform, tablePrefix, turnBodiesBucket } from "./start-platform.ts";

/** Items of one BatchWriteItem call (DynamoDB, Service quotas). */
const mostAtOnce = 25;
const keptForMs = 90 * 86_400_000;
const msBetweenTurns = 60_000;

/** In a tenant that has no other. Turn `n` (from 1) says `messagesOf(n)`; the last one was said just now. */
export async function writeLongSession(
  { documents, awsLocal }: Pick<Platform, "documents" | "awsLocal">,
  session: SessionKey,
  turns: number,
  messagesOf: (turn: number) => readonly TurnMessage[],
): Promise<void> {
  const s3 = createS3Client({ region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials });
  const store = new DynamoSessionStore({
    client: documents,
    tablePrefix,
    clock: systemClock,
    keptForMs,
    bodies: new S3TurnBodies(s3, turnBodiesBucket),
  });
  const claim = await store.claim(session, `${session.sessionId}.1`, Number.MAX_SAFE_INTEGER);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  await store.append(claim, messagesOf(1));
  s3.destroy();
  const TableName = `${tablePrefix}-${sessionsTable.name}`;
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName,
      KeyConditionExpression: "tenantId = :tenant",
      ExpressionAttributeValues: { ":tenant": session.tenantId },
    }),
  );
  const first = Items.find(({ sequence, bytes }) => sequence === 1 && bytes !== undefined);
  const head = Items.find(
    ({ lastSequence, sessionId }) => lastSequence === 1 && sessionId === session.sessionId,
  );
  const pointer = Items.find(({ item }) => item === `turn-id/${claim.turnId}`);
  if (first === undefined || head === undefined || pointer === undefined) {
    throw new Error("The store wrote its first turn in another form.");
  }
  const copiesOf = (turn: number) => {
    const turnId = `${session.sessionId}.${turn}`;
    return [
      {
        ...first,
        item: String(first.item).replace(/\d+$/, (digits) => String(turn).padStart(digits.length, "0")),
        sequence: turn,
        turnId,
        atMs: Number(first.atMs) - (turns - turn) * msBetweenTurns,
        bytes: Buffer.from(JSON.stringify(messagesOf(turn))),
      },
      { ...pointer, item: `turn-id/${turnId}`, sequence: turn },
    ];
  };
  const items = Array.from({ length: turns }, (_, index) => copiesOf(index + 1)).flat();
  for (let next = 0; next < items.length; next += mostAtOnce) {
    const requests = items.slice(next, next + mostAtOnce).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
  }
  await documents.send(new PutCommand({ TableName, Item: { ...head, lastSequence: turns } }));
}
