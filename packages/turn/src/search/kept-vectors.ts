/** The vectors of sessions that a process keeps between questions: within a bound of memory, and not for long after they were last asked for. */
import type { TurnClaim, VectorStore } from "@caprock/memory";
import { LRUCache } from "lru-cache";
import { messageId } from "../session-history.ts";
import type { KeptIndexesOptions } from "./kept-indexes.ts";

export interface KeptVectorsParts extends KeptIndexesOptions {
  readonly store: VectorStore;
}

interface Kept extends Pick<TurnClaim, "incarnation" | "deletedTurns"> {
  /** By the message's id. */
  readonly vectors: Map<string, Int8Array>;
  /** Up to which turn they were read. */
  throughSequence: number;
}

/** What is older is found by its words alone: so many turns are a few megabytes to read. */
const mostTurnsRead = 2_000;
const pageTurns = 400;
/** A message's id, and its place in the map. */
const bytesBesideVector = 150;

/** Nothing is lost with what is kept: whoever misses it reads it again. */
export class KeptVectors {
  readonly #store: VectorStore;
  readonly #kept: LRUCache<string, Kept>;

  constructor({ store, mostBytes, idleMs }: KeptVectorsParts) {
    this.#store = store;
    this.#kept = new LRUCache({
      maxSize: mostBytes,
      sizeCalculation: bytesOf,
      ttl: idleMs,
      ttlAutopurge: true,
      updateAgeOnGet: true,
    });
  }

  /**
   * What one model made of the claimed session's turns, by the ids of their messages. Reads what is not known yet; what was
   * read before a turn of the session was deleted is not used any more.
   */
  async of(claim: TurnClaim, modelId: string): Promise<ReadonlyMap<string, Int8Array>> {
    const { session, incarnation, deletedTurns, sequence } = claim;
    const name = JSON.stringify([session.tenantId, session.actorId, session.sessionId, modelId]);
    const known = this.#kept.get(name);
    const isOfClaim = known?.incarnation === incarnation && known.deletedTurns === deletedTurns;
    const kept: Kept =
      known && isOfClaim ? known : { incarnation, deletedTurns, vectors: new Map(), throughSequence: 0 };
    const place = { ...session, incarnation };
    let first = Math.max(kept.throughSequence + 1, sequence - mostTurnsRead);
    while (first < sequence) {
      const last = Math.min(first + pageTurns, sequence) - 1;
      for (const turn of await this.#store.between(place, first, last)) {
        if (turn.modelId === modelId) {
          for (const { message, values } of turn.vectors) {
            kept.vectors.set(messageId(turn.sequence, message), values);
          }
        }
        // Not `last`: turns may be embedded after they were looked for.
        kept.throughSequence = Math.max(kept.throughSequence, turn.sequence);
      }
      first = last + 1;
    }
    // Else the size is taken for what it was.
    this.#kept.delete(name);
    this.#kept.set(name, kept);
    return kept.vectors;
  }
}

function bytesOf({ vectors }: Kept): number {
  const [first] = vectors.values();
  return bytesBesideVector + vectors.size * (bytesBesideVector + (first?.length ?? 0));
}
