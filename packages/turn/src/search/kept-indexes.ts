/** The search indexes that a process keeps between requests: within a bound of memory, and not for long after they were last asked for. */
import { createHash } from "node:crypto";
import { ChatIndex, type ChatMessage, estimateIndexBytes, textOf } from "@caprock/context";
import type { TenantId } from "@caprock/domain";
import type { SessionTurn, TurnClaim } from "@caprock/memory";
import { LRUCache } from "lru-cache";
import { SessionIndex } from "./session-index.ts";

export interface KeptIndexesOptions {
  /** Of all indexes, by `ConversationIndex.bytes`, an estimate; one may take half of it. */
  readonly mostBytes: number;
  /** How far back a new index of a session goes at most, where each turn is dear to read. By default as far as memory allows. */
  readonly mostNewTurns?: number | undefined;
  /** What was forgotten in another process is out of this one's memory by then. */
  readonly idleMs: number;
}

/** A new index of a session takes at most this part of what one may, so that it can grow for long. */
const newShare = 0.8;

/**
 * Nothing is lost with an index: whoever misses one makes it again. A session's is found under its tenant, actor and name, and
 * is its own only as long as the session is the same and nothing was deleted from it; a chat's is found by how the chat
 * begins, and is its own only if the chat says all that it was made of.
 */
export class KeptIndexes {
  /** An index that is larger is not kept. */
  readonly mostIndexBytes: number;
  readonly #mostNewTurns: number;
  readonly #indexes: LRUCache<string, SessionIndex | ChatIndex>;

  constructor({ mostBytes, mostNewTurns = Number.POSITIVE_INFINITY, idleMs }: KeptIndexesOptions) {
    this.#mostNewTurns = mostNewTurns;
    this.mostIndexBytes = Math.floor(mostBytes / 2);
    this.#indexes = new LRUCache({
      maxSize: mostBytes,
      maxEntrySize: this.mostIndexBytes,
      sizeCalculation: bytesOf,
      ttl: idleMs,
      ttlAutopurge: true,
      updateAgeOnGet: true,
    });
  }

  /** The index of the claimed session, however far it has got; a new one if there is none. `newest` are its newest turns. */
  ofSession(claim: TurnClaim, newest: readonly SessionTurn[]): SessionIndex {
    const known = this.#indexes.get(nameOfSession(claim));
    return known instanceof SessionIndex && known.isOf(claim) ? known : this.newOfSession(claim, newest);
  }

  /** A new one in any case. If all turns are too many for one, by what the newest take, the oldest are left out. */
  newOfSession(claim: TurnClaim, newest: readonly SessionTurn[]): SessionIndex {
    return this.#newOfSession(claim, bytesOfTurn(newest));
  }

  /**
   * Takes note that a session's index has grown. False when it is too large by now: then one with fewer of the oldest turns has its
   * place, for the next answer.
   */
  sessionGrew(claim: TurnClaim, index: SessionIndex): boolean {
    const name = nameOfSession(claim);
    const bytes = bytesOf(index);
    const isLast = this.#indexes.peek(name) === index || !this.#indexes.has(name);
    if (bytes > this.mostIndexBytes) {
      if (isLast) {
        this.#newOfSession(claim, bytes / Math.max(1, index.throughSequence - index.skippedTurns));
      }
      return false;
    }
    if (isLast) {
      this.#keep(name, index);
    }
    return true;
  }

  /** The index of the longest part of the chat that was indexed before; a new one if there is none. */
  ofChat(tenantId: TenantId, messages: readonly ChatMessage[]): ChatIndex {
    const known = this.#indexes.get(nameOfChat(tenantId, messages));
    return known instanceof ChatIndex && known.begins(messages) ? known : new ChatIndex();
  }

  keepChat(tenantId: TenantId, messages: readonly ChatMessage[], index: ChatIndex): void {
    this.#keep(nameOfChat(tenantId, messages), index);
  }

  #newOfSession(claim: TurnClaim, bytesOfTurn: number): SessionIndex {
    const mostTurns = Math.min(
      this.#mostNewTurns,
      Math.floor((this.mostIndexBytes * newShare) / bytesOfTurn),
    );
    const index = new SessionIndex(claim, Math.max(0, claim.sequence - 1 - mostTurns));
    this.#keep(nameOfSession(claim), index);
    return index;
  }

  #keep(name: string, index: SessionIndex | ChatIndex): void {
    // Else the size is taken for what it was.
    this.#indexes.delete(name);
    this.#indexes.set(name, index);
  }
}

/** An index without messages, and its name. */
const bytesOfEmpty = 2_000;

/** By the mean of what is known. */
function bytesOfTurn(turns: readonly SessionTurn[]): number {
  const messages = turns.flatMap((turn) => turn.messages);
  const textBytes = messages.reduce((sum, message) => sum + Buffer.byteLength(textOf(message)), 0);
  return Math.max(1, estimateIndexBytes(messages.length, textBytes) / Math.max(1, turns.length));
}

function bytesOf(index: SessionIndex | ChatIndex): number {
  const { conversation } = index instanceof SessionIndex ? index.chat : index;
  return bytesOfEmpty + conversation.bytes;
}

function nameOfSession({ session: { tenantId, actorId, sessionId } }: TurnClaim): string {
  return JSON.stringify([tenantId, actorId, sessionId]);
}

/** Chats may begin with the same words; few have the same answer to them. */
function nameOfChat(tenantId: TenantId, [first, second]: readonly ChatMessage[]): string {
  const beginning = createHash("sha256")
    .update(JSON.stringify([first, second]))
    .digest("base64");
  return JSON.stringify([tenantId, beginning]);
}
