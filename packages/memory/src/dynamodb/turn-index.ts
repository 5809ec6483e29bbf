/** Finds turns' items in a table: of a session in their order, by id, or an actor's newest. What has expired is not there. */
import type { Clock, TenantId } from "@caprock/domain";
import type { z } from "zod";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { SessionHeads } from "./session-heads.ts";
import { type IndexedTurn, pointerItem, turnName } from "./session-items.ts";
import type { TenantItems } from "./tenant-items.ts";

/** Turn numbers, the ends not included. */
export interface TurnRange {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  readonly forward: boolean;
}

/** A session under its name, from when it was made until it is deleted or has expired. */
export interface Incarnation {
  readonly session: SessionKey;
  readonly incarnation: string;
}

export interface FoundTurn<I> extends Incarnation {
  readonly item: I;
}

export interface TurnIndexParts<I extends IndexedTurn> {
  readonly items: TenantItems;
  readonly heads: SessionHeads;
  readonly clock: Clock;
  /** How the store's items look. */
  readonly schema: z.ZodType<I>;
}

export class TurnIndex<I extends IndexedTurn> {
  readonly #parts: TurnIndexParts<I>;

  constructor(parts: TurnIndexParts<I>) {
    this.#parts = parts;
  }

  /** Goes on as far as it is read; `limit` is how many are fetched at once. */
  async *between(
    { session, incarnation }: Incarnation,
    { after = 0, before = 1e12 - 1, limit, forward }: TurnRange,
  ): AsyncGenerator<I> {
    if (limit < 1 || before <= after + 1) {
      return;
    }
    const found = this.#parts.items.between(
      session.tenantId,
      turnName(session, incarnation, after + 1),
      turnName(session, incarnation, before - 1),
      { pageSize: Math.min(limit, 100), forward },
    );
    for await (const one of found) {
      const item = this.#parts.schema.parse(one);
      if (item.turnId !== undefined && this.isLive(item)) {
        yield item;
      }
    }
  }

  async idsBetween(of: Incarnation, range: TurnRange): Promise<readonly string[]> {
    const ids: string[] = [];
    for await (const { turnId = "" } of this.between(of, range)) {
      if (ids.push(turnId) === range.limit) {
        break;
      }
    }
    return ids;
  }

  /** Of all sessions of an actor but one, or of all, newest first. */
  async newest(
    tenantId: TenantId,
    actorId: string,
    limit: number,
    withoutSession: string | undefined,
  ): Promise<readonly FoundTurn<I>[]> {
    let newest: FoundTurn<I>[] = [];
    for await (const session of this.#parts.heads.lastActive(tenantId, actorId, withoutSession)) {
      if (newest.length === limit && (newest.at(-1)?.item.atMs ?? 0) > session.updatedAtMs) {
        // No turn of this session, or of those behind it, is newer than what was found.
        break;
      }
      const of = { session, incarnation: session.incarnation };
      let found = 0;
      // A writer that has just died may have got one further than its session tells.
      const range = { before: session.lastSequence + 2, limit, forward: false };
      for await (const item of this.between(of, range)) {
        newest.push({ ...of, item });
        found += 1;
        if (found === limit) {
          break;
        }
      }
      newest = newest
        .sort((a, b) => b.item.atMs - a.item.atMs || b.item.sequence - a.item.sequence)
        .slice(0, limit);
    }
    return newest;
  }

  /** A tenant's turn by its id. */
  async find(tenantId: TenantId, turnId: string): Promise<FoundTurn<I> | undefined> {
    const found = await this.#parts.items.get(tenantId, `turn-id/${turnId}`);
    if (found === undefined) {
      return undefined;
    }
    const { actorId, sessionId, incarnation, sequence } = pointerItem.parse(found);
    const session = { tenantId, actorId, sessionId };
    const item = await this.at(tenantId, turnName(session, incarnation, sequence));
    return item?.turnId === turnId ? { session, incarnation, item } : undefined;
  }

  async at(tenantId: TenantId, name: string): Promise<I | undefined> {
    const found = await this.#parts.items.get(tenantId, name);
    return found && this.#parts.schema.parse(found);
  }

  isLive({ expiresAtMs }: IndexedTurn): boolean {
    return expiresAtMs > this.#parts.clock.now();
  }
}
