/** The search indexes that a process keeps between requests: within a bound of memory, and not for long after they were last asked for. */
import { createHash } from "node:crypto";
import { ChatIndex, type ChatMessage } from "@caprock/context";
import type { TenantId } from "@caprock/domain";
import type { TurnClaim } from "@caprock/memory";
import { LRUCache } from "lru-cache";
import { SessionIndex } from "./session-index.ts";

export interface KeptIndexesOptions {
  /** By `ConversationIndex.bytes`, an estimate. An index that is larger by itself is not kept. */
  readonly mostBytes: number;
  /** What was forgotten in another process is out of this one's memory by then. */
  readonly idleMs: number;
}

/**
 * Nothing is lost with an index: whoever misses one makes it again. A session's is found under its tenant, actor and name, and
 * is its own only as long as the session is the same and nothing was deleted from it; a chat's is found by how the chat
 * begins, and is its own only if the chat says all that it was made of.
 */
export class KeptIndexes {
  readonly #indexes: LRUCache<string, SessionIndex | ChatIndex>;

  constructor({ mostBytes, idleMs }: KeptIndexesOptions) {
    this.#indexes = new LRUCache({
      maxSize: mostBytes,
      sizeCalculation: (index) => bytesOfEmpty + chatOf(index).conversation.bytes,
      ttl: idleMs,
      ttlAutopurge: true,
      updateAgeOnGet: true,
    });
  }

  /** The index of the claimed session, however far it has got; a new one if there is none. */
  ofSession(claim: TurnClaim): SessionIndex {
    const name = nameOfSession(claim);
    const known = this.#indexes.get(name);
    if (known instanceof SessionIndex && known.isOf(claim)) {
      return known;
    }
    const index = new SessionIndex(claim);
    this.#indexes.set(name, index);
    return index;
  }

  /** Takes note that the session's index has grown, unless another has its place by now. */
  sessionGrew(claim: TurnClaim, index: SessionIndex): void {
    const name = nameOfSession(claim);
    const known = this.#indexes.peek(name);
    if (known === undefined || known === index) {
      this.#keep(name, index);
    }
  }

  /** The index of the longest part of the chat that was indexed before; a new one if there is none. */
  ofChat(tenantId: TenantId, messages: readonly ChatMessage[]): ChatIndex {
    const known = this.#indexes.get(nameOfChat(tenantId, messages));
    return known instanceof ChatIndex && known.begins(messages) ? known : new ChatIndex();
  }

  keepChat(tenantId: TenantId, messages: readonly ChatMessage[], index: ChatIndex): void {
    this.#keep(nameOfChat(tenantId, messages), index);
  }

  #keep(name: string, index: SessionIndex | ChatIndex): void {
    // Else the size is taken for what it was.
    this.#indexes.delete(name);
    this.#indexes.set(name, index);
  }
}

/** An index without messages, and its name. */
const bytesOfEmpty = 2_000;

function chatOf(index: SessionIndex | ChatIndex): ChatIndex {
  return index instanceof SessionIndex ? index.chat : index;
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
