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
  if (first === undefined || head === undefined) {
    throw new Error("The store wrote its first turn in another form.");
  }
  const copyOf = (turn: number) => ({
    ...first,
    item: String(first.item).replace(/\d+$/, (digits) => String(turn).padStart(digits.length, "0")),
    sequence: turn,
    turnId: `${session.sessionId}.${turn}`,
    atMs: Number(first.atMs) - (turns - turn) * msBetweenTurns,
    bytes: Buffer.from(JSON.stringify(messagesOf(turn))),
  });
  for (let turn = 1; turn <= turns; turn += mostAtOnce) {
    const count = Math.min(mostAtOnce, turns - turn + 1);
    const requests = Array.from({ length: count }, (_, index) => ({
      PutRequest: { Item: copyOf(turn + index) },
    }));
    await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
  }
  await documents.send(new PutCommand({ TableName, Item: { ...head, lastSequence: turns } }));
}
