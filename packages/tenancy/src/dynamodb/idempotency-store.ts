/** Calls under idempotency keys, in DynamoDB. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type Clock, type RequestId, tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import type {
  IdempotencyStore,
  KeyedCall,
  KeyName,
  StandingCall,
  StoredAnswer,
} from "../idempotency/idempotency-store.ts";
import { idempotencyTable } from "../tables.ts";

const callItem = z.object({
  requestId: z.string(),
  fingerprint: z.string(),
  leaseUntilMs: z.number(),
  expiresAtMs: z.number(),
  head: z.instanceof(Uint8Array).optional(),
  pieceCount: z.number().optional(),
});
const pieceItem = z.object({ bytes: z.instanceof(Uint8Array) });

export interface DynamoIdempotencyStoreOptions {
  readonly client: DocumentClient;
  readonly tablePrefix: string;
  readonly clock: Clock;
  /** How long an answer can be read after it was stored. */
  readonly keptForMs: number;
}

export class DynamoIdempotencyStore implements IdempotencyStore {
  private readonly client: DocumentClient;
  private readonly table: string;
  private readonly clock: Clock;
  private readonly keptForMs: number;

  constructor({ client, tablePrefix, clock, keptForMs }: DynamoIdempotencyStoreOptions) {
    this.client = client;
    this.table = tableName(tablePrefix, idempotencyTable);
    this.clock = clock;
    this.keptForMs = keptForMs;
  }

  async begin(call: KeyedCall): Promise<StandingCall> {
    const { requestId, fingerprint, leaseUntilMs } = call;
    await this.unlessRefused(
      new PutCommand({
        TableName: this.table,
        Item: { ...callKey(call), requestId, fingerprint, leaseUntilMs, ...this.expiry() },
        // What DynamoDB has not deleted yet is gone all the same.
        ConditionExpression:
          "attribute_not_exists(#owner) OR expiresAtMs <= :now OR (attribute_not_exists(head) AND leaseUntilMs <= :now)",
        ExpressionAttributeNames: { "#owner": "owner" },
        ExpressionAttributeValues: { ":now": this.clock.now() },
      }),
    );
    // Freed between the two: whoever asks again gets it.
    return (await this.read(call)) ?? { requestId: "", fingerprint, leaseUntilMs };
  }

  async read(name: KeyName): Promise<StandingCall | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: callKey(name), ConsistentRead: true }),
    );
    if (Item === undefined) {
      return undefined;
    }
    const { head, pieceCount = 0, expiresAtMs, ...call } = callItem.parse(Item);
    if (expiresAtMs <= this.clock.now()) {
      return undefined;
    }
    return head === undefined ? call : { ...call, answer: { head, pieceCount } };
  }

  async putPiece(call: KeyedCall, index: number, bytes: Uint8Array): Promise<void> {
    await this.client.send(
      new PutCommand({
        TableName: this.table,
        Item: { ...pieceKey(call, call.requestId, index), bytes, ...this.expiry(call.leaseUntilMs) },
      }),
    );
  }

  async readPiece(name: KeyName, requestId: RequestId, index: number): Promise<Uint8Array | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({
        TableName: this.table,
        Key: pieceKey(name, requestId, index),
        ConsistentRead: true,
      }),
    );
    return Item === undefined ? undefined : pieceItem.parse(Item).bytes;
  }

  finish(call: KeyedCall, { head, pieceCount }: StoredAnswer): Promise<boolean> {
    const { expiresAtMs, expiresAtSeconds } = this.expiry();
    return this.unlessRefused(
      new UpdateCommand({
        TableName: this.table,
        Key: callKey(call),
        UpdateExpression:
          "SET head = :head, pieceCount = :count, expiresAtMs = :expires, expiresAtSeconds = :seconds",
        ConditionExpression: "requestId = :call",
        ExpressionAttributeValues: {
          ":head": head,
          ":count": pieceCount,
          ":expires": expiresAtMs,
          ":seconds": expiresAtSeconds,
          ":call": call.requestId,
        },
      }),
    );
  }

  async release(call: KeyedCall): Promise<void> {
    await this.unlessRefused(
      new UpdateCommand({
        TableName: this.table,
        Key: callKey(call),
        UpdateExpression: "SET leaseUntilMs = :over",
        ConditionExpression: "requestId = :call AND attribute_not_exists(head)",
        ExpressionAttributeValues: { ":over": 0, ":call": call.requestId },
      }),
    );
  }

  /** Resolves with false where the condition does not hold. */
  private async unlessRefused(command: PutCommand | UpdateCommand): Promise<boolean> {
    try {
      await this.client.send(command as PutCommand);
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return false;
      }
      throw error;
    }
  }

  /** Pieces live on from the end of their call's lease, so that none goes before the answer it belongs to. */
  private expiry(fromMs = this.clock.now()) {
    const expiresAtMs = fromMs + this.keptForMs;
    return { expiresAtMs, expiresAtSeconds: Math.ceil(expiresAtMs / 1_000) };
  }
}

function callKey({ scope, keySha256 }: KeyName) {
  return { owner: `${scope}#${keySha256}`, record: "call" };
}

function pieceKey(name: KeyName, requestId: RequestId, index: number) {
  return { owner: callKey(name).owner, record: `piece#${requestId}#${String(index).padStart(6, "0")}` };
}
