/** Reads turns: of a session in their order, by id, or an actor's newest. What is deleted or has expired is not there. */
import type { Clock, TenantId } from "@caprock/domain";
import { actorName } from "../long-term/memory-names.ts";
import type { SessionKey, SessionTurn } from "../long-term/session-turn.ts";
import type { Session } from "../sessions/session-store.ts";
import { turnUnreadable } from "../sessions/turn-unreadable.ts";
import type { SessionHeads } from "./session-heads.ts";
import { pointerItem, type TurnItem, turnItem, turnName } from "./session-items.ts";
import type { TenantItems } from "./tenant-items.ts";
import type { TurnContents } from "./turn-contents.ts";

/** Turn numbers, the ends not included. */
interface TurnRange {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  readonly forward: boolean;
}

export class SessionTurns {
  readonly #items: TenantItems;
  readonly #heads: SessionHeads;
  readonly #contents: TurnContents;
  readonly #clock: Clock;

  constructor(items: TenantItems, heads: SessionHeads, contents: TurnContents, clock: Clock) {
    this.#items = items;
    this.#heads = heads;
    this.#contents = contents;
    this.#clock = clock;
  }

  async between(session: SessionKey, range: TurnRange): Promise<readonly SessionTurn[]> {
    const head = await this.#heads.read(session);
    const turns: SessionTurn[] = [];
    if (head === undefined) {
      return turns;
    }
    for await (const item of this.#itemsBetween({ ...session, incarnation: head.incarnation }, range)) {
      const turn = await this.read(session, item);
      if (turn && turns.push(turn) === range.limit) {
        break;
      }
    }
    return turns;
  }

  /** The bodies of those alone are read that are among the newest. */
  async newest(tenantId: TenantId, actorId: string, limit: number, withoutSession: string | undefined) {
    const sessions: Session[] = [];
    for await (const session of this.#heads.below(tenantId, `session/${actorName(tenantId, actorId)}/`)) {
      if (session.sessionId !== withoutSession) {
        sessions.push(session);
      }
    }
    let newest: { readonly session: Session; readonly item: TurnItem }[] = [];
    for (const session of sessions.sort((a, b) => b.updatedAtMs - a.updatedAtMs)) {
      if (newest.length === limit && (newest.at(-1)?.item.atMs ?? 0) > session.updatedAtMs) {
        // No turn of this session, or of those behind it, is newer than what was found.
        break;
      }
      let found = 0;
      // A writer that has just died may have got one further than its session tells.
      const range = { before: session.lastSequence + 2, limit, forward: false };
      for await (const item of this.#itemsBetween(session, range)) {
        newest.push({ session, item });
        found += 1;
        if (found === limit) {
          break;
        }
      }
      newest = newest
        .sort((a, b) => b.item.atMs - a.item.atMs || b.item.sequence - a.item.sequence)
        .slice(0, limit);
    }
    const turns: (SessionTurn & { readonly sessionId: string })[] = [];
    for (const { session, item } of newest) {
      const turn = await this.read(session, item);
      if (turn) {
        turns.push({ ...turn, sessionId: session.sessionId });
      }
    }
    return turns;
  }

  async find(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined> {
    const found = await this.#items.get(tenantId, `turn-id/${turnId}`);
    if (found === undefined) {
      return undefined;
    }
    const { actorId, sessionId, incarnation, sequence } = pointerItem.parse(found);
    const session = { tenantId, actorId, sessionId };
    const item = await this.itemAt(tenantId, turnName(session, incarnation, sequence));
    const turn = item?.turnId === turnId ? await this.read(session, item) : undefined;
    return turn && { ...session, ...turn };
  }

  async itemAt(tenantId: TenantId, name: string): Promise<TurnItem | undefined> {
    const found = await this.#items.get(tenantId, name);
    return found && turnItem.parse(found);
  }

  /** Throws CaprockError (`turn_unreadable`) for a turn that is there and whose content is not. */
  async read(session: SessionKey, item: TurnItem): Promise<SessionTurn | undefined> {
    const { turnId, sequence, atMs, sessionOnly } = item;
    if (turnId === undefined || !this.#isLive(item)) {
      return undefined;
    }
    const messages = await this.#contents.read(session, item);
    if (messages) {
      return { turnId, sequence, atMs, messages, sessionOnly };
    }
    const now = await this.itemAt(session.tenantId, item.item);
    if (now?.body?.name === item.body?.name) {
      throw turnUnreadable(session, turnId, "missing");
    }
    // Bodies go after their turn does: it was deleted while it was read.
    return undefined;
  }

  async *#itemsBetween(
    session: SessionKey & { readonly incarnation: string },
    { after = 0, before = 1e12 - 1, limit, forward }: TurnRange,
  ): AsyncGenerator<TurnItem> {
    if (limit < 1 || before <= after + 1) {
      return;
    }
    const found = this.#items.between(
      session.tenantId,
      turnName(session, session.incarnation, after + 1),
      turnName(session, session.incarnation, before - 1),
      { pageSize: Math.min(limit, 100), forward },
    );
    for await (const one of found) {
      const item = turnItem.parse(one);
      if (item.turnId !== undefined && this.#isLive(item)) {
        yield item;
      }
    }
  }

  #isLive({ expiresAtMs }: TurnItem): boolean {
    return expiresAtMs > this.#clock.now();
  }
}
