/** Vectors in the table of sessions: an item for each turn that has some. */

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type Clock, type TenantId, tableName } from "@caprock/domain";
import { z } from "zod";
import type { ForgetScope } from "../long-term/forget.ts";
import { actorName } from "../long-term/memory-names.ts";
import type { SessionPlace, TurnVectors, VectorStore } from "../sessions/vector-store.ts";
import { sessionsTable } from "../tables.ts";
import { sessionPath } from "./session-items.ts";
import { TenantItems } from "./tenant-items.ts";

/** The vectors stand behind each other in `bytes`, in the order of `messages`. */
const vectorItem = z.object({
  turnId: z.string(),
  sequence: z.number(),
  atMs: z.number(),
  modelId: z.string(),
  messages: z.array(z.number()).min(1),
  bytes: z.instanceof(Uint8Array),
  expiresAtMs: z.number(),
});

export interface DynamoVectorStoreParts {
  readonly client: DynamoDBDocumentClient;
  readonly tablePrefix: string;
  readonly clock: Clock;
  /** Vectors are kept this long after their turn was said, as the turn is. */
  readonly keptForMs: number;
}

export class DynamoVectorStore implements VectorStore {
  readonly #items: TenantItems;
  readonly #clock: Clock;
  readonly #keptForMs: number;

  constructor({ client, tablePrefix, clock, keptForMs }: DynamoVectorStoreParts) {
    this.#items = new TenantItems(client, tableName(tablePrefix, sessionsTable));
    this.#clock = clock;
    this.#keptForMs = keptForMs;
  }

  keep(place: SessionPlace, { turnId, sequence, atMs, modelId, vectors }: TurnVectors): Promise<boolean> {
    const expiresAtMs = atMs + this.#keptForMs;
    return this.#items.put(
      {
        tenantId: place.tenantId,
        item: nameOf(place, sequence),
        turnId,
        sequence,
        atMs,
        modelId,
        messages: vectors.map(({ message }) => message),
        bytes: Buffer.concat(vectors.map(({ values }) => bytesOf(values))),
        expiresAtMs,
        ttl: Math.ceil(expiresAtMs / 1_000),
      },
      "attribute_not_exists(tenantId)",
    );
  }

  async lastSequence(place: SessionPlace): Promise<number> {
    for await (const found of this.#read(place, 1, mostSequence, { pageSize: 1, forward: false })) {
      return found.sequence;
    }
    return 0;
  }

  async between(place: SessionPlace, first: number, last: number): Promise<readonly TurnVectors[]> {
    const found: TurnVectors[] = [];
    for await (const turn of this.#read(place, first, last, { pageSize: 200, forward: true })) {
      found.push(turn);
    }
    return found;
  }

  async delete(tenantId: TenantId, scope: ForgetScope): Promise<void> {
    for await (const item of this.#names(tenantId, scope)) {
      await this.#items.delete(tenantId, item);
    }
  }

  async stored(tenantId: TenantId, scope: ForgetScope): Promise<number> {
    let count = 0;
    for await (const _ of this.#names(tenantId, scope)) {
      count += 1;
    }
    return count;
  }

  async *#read(
    place: SessionPlace,
    first: number,
    last: number,
    how: { readonly pageSize: number; readonly forward: boolean },
  ): AsyncGenerator<TurnVectors> {
    if (first > last) {
      return;
    }
    const items = this.#items.between(place.tenantId, nameOf(place, first), nameOf(place, last), how);
    for await (const found of items) {
      const { messages, bytes, expiresAtMs, ...turn } = vectorItem.parse(found);
      if (expiresAtMs > this.#clock.now()) {
        const length = bytes.length / messages.length;
        const all = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
        const vectors = messages.map((message, index) => ({
          message,
          values: all.slice(index * length, (index + 1) * length),
        }));
        yield { ...turn, vectors };
      }
    }
  }

  async *#names(tenantId: TenantId, scope: ForgetScope): AsyncGenerator<string> {
    for await (const { item, turnId } of this.#items.namesBelow(tenantId, prefixOf(tenantId, scope))) {
      if (scope.kind !== "turn" || scope.turnId === turnId) {
        yield item;
      }
    }
  }
}

const mostSequence = 1e12 - 1;

function nameOf(place: SessionPlace, sequence: number): string {
  return `vector/${sessionPath(place)}/${place.incarnation}/${String(sequence).padStart(12, "0")}`;
}

function prefixOf(tenantId: TenantId, scope: ForgetScope): string {
  switch (scope.kind) {
    case "tenant":
      return "vector/";
    case "actor":
      return `vector/${actorName(tenantId, scope.actorId)}/`;
    case "session":
    case "turn":
      return `vector/${sessionPath({ tenantId, ...scope })}/`;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Int8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
