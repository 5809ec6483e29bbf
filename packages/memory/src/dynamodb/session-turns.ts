/** Reads turns: of a session in their order, by id, or an actor's newest. What is deleted or has expired is not there. */
import type { Clock, TenantId } from "@caprock/domain";
import type { SessionKey, SessionTurn } from "../long-term/session-turn.ts";
import { turnUnreadable } from "../sessions/turn-unreadable.ts";
import type { SessionHeads } from "./session-heads.ts";
import { type TurnItem, turnItem } from "./session-items.ts";
import type { TenantItems } from "./tenant-items.ts";
import type { TurnContents } from "./turn-contents.ts";
import { TurnIndex, type TurnRange } from "./turn-index.ts";

export class SessionTurns {
  readonly #index: TurnIndex<TurnItem>;
  readonly #heads: SessionHeads;
  readonly #contents: TurnContents;

  constructor(items: TenantItems, heads: SessionHeads, contents: TurnContents, clock: Clock) {
    this.#index = new TurnIndex({ items, heads, clock, schema: turnItem });
    this.#heads = heads;
    this.#contents = contents;
  }

  async between(session: SessionKey, range: TurnRange): Promise<readonly SessionTurn[]> {
    const head = await this.#heads.read(session);
    const turns: SessionTurn[] = [];
    if (head === undefined) {
      return turns;
    }
    for await (const item of this.#index.between({ session, incarnation: head.incarnation }, range)) {
      const turn = await this.read(session, item);
      if (turn && turns.push(turn) === range.limit) {
        break;
      }
    }
    return turns;
  }

  /** The bodies of those alone are read that are among the newest. */
  async newest(tenantId: TenantId, actorId: string, limit: number, withoutSession: string | undefined) {
    const turns: (SessionTurn & { readonly sessionId: string })[] = [];
    for (const { session, item } of await this.#index.newest(tenantId, actorId, limit, withoutSession)) {
      const turn = await this.read(session, item);
      if (turn) {
        turns.push({ ...turn, sessionId: session.sessionId });
      }
    }
    return turns;
  }

  async find(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined> {
    const found = await this.#index.find(tenantId, turnId);
    const turn = found && (await this.read(found.session, found.item));
    return found && turn && { ...found.session, ...turn };
  }

  itemAt(tenantId: TenantId, name: string): Promise<TurnItem | undefined> {
    return this.#index.at(tenantId, name);
  }

  /** Throws CaprockError (`turn_unreadable`) for a turn that is there and whose content is not. */
  async read(session: SessionKey, item: TurnItem): Promise<SessionTurn | undefined> {
    const { turnId, sequence, atMs, sessionOnly } = item;
    if (turnId === undefined || !this.#index.isLive(item)) {
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
}
