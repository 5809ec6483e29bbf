/** Reads turns: of a session in their order, by id, or an actor's newest. What is deleted or has expired is not there. */
import type { Clock, TenantId } from "@caprock/domain";
import type { SessionKey, SessionTurn } from "../long-term/session-turn.ts";
import type { HasRoom, TurnSize } from "../sessions/history-room.ts";
import { type ReadInOrder, readInOrder } from "../sessions/read-in-order.ts";
import { turnUnreadable } from "../sessions/turn-unreadable.ts";
import type { SessionHeads } from "./session-heads.ts";
import { type TurnItem, turnItem } from "./session-items.ts";
import type { TenantItems } from "./tenant-items.ts";
import type { TurnContents } from "./turn-contents.ts";
import { TurnIndex, type TurnRange } from "./turn-index.ts";

/** Bodies are read one by one from S3; so many hide its latency and hold a few of the largest in memory. */
const mostAtOnce = 8;

export class SessionTurns {
  readonly #index: TurnIndex<TurnItem>;
  readonly #heads: SessionHeads;
  readonly #contents: TurnContents;

  constructor(items: TenantItems, heads: SessionHeads, contents: TurnContents, clock: Clock) {
    this.#index = new TurnIndex({ items, heads, clock, schema: turnItem });
    this.#heads = heads;
    this.#contents = contents;
  }

  async between(
    session: SessionKey,
    range: TurnRange,
    hasRoom: HasRoom = () => true,
  ): Promise<ReadInOrder<SessionTurn>> {
    const head = await this.#heads.read(session);
    if (head === undefined) {
      return { found: [], isCut: false };
    }
    const items = this.#index.between({ session, incarnation: head.incarnation }, range);
    const hasRoomFor = (item: TurnItem) => hasRoom(sizeOf(item));
    const bound = { limit: range.limit, mostAtOnce, hasRoomFor };
    return readInOrder(items, bound, (item) => this.read(session, item));
  }

  async idsBetween(session: SessionKey, range: TurnRange): Promise<readonly string[]> {
    const head = await this.#heads.read(session);
    return head ? this.#index.idsBetween({ session, incarnation: head.incarnation }, range) : [];
  }

  /** The bodies of those alone are read that are among the newest. */
  async newest(
    tenantId: TenantId,
    actorId: string,
    limit: number,
    withoutSession: string | undefined,
    hasRoom: HasRoom,
  ) {
    const newest = await this.#index.newest(tenantId, actorId, limit, withoutSession);
    const hasRoomFor = ({ item }: { readonly item: TurnItem }) => hasRoom(sizeOf(item));
    const bound = { limit, mostAtOnce, hasRoomFor };
    const { found } = await readInOrder(newest, bound, async ({ session, item }) => {
      const turn = await this.read(session, item);
      return turn && { ...turn, sessionId: session.sessionId };
    });
    return found;
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
    const { turnId, sequence, atMs, sessionOnly, counted } = item;
    if (turnId === undefined || !this.#index.isLive(item)) {
      return undefined;
    }
    const messages = await this.#contents.read(session, item);
    if (messages) {
      return { turnId, sequence, atMs, messages, sessionOnly, counted };
    }
    const now = await this.itemAt(session.tenantId, item.item);
    if (now?.body?.name === item.body?.name) {
      throw turnUnreadable(session, turnId, "missing");
    }
    // Bodies go after their turn does: it was deleted while it was read.
    return undefined;
  }
}

function sizeOf({ bytes, body, counted }: TurnItem): TurnSize {
  return { bytes: body?.lengthBytes ?? bytes?.length ?? 0, tokens: counted?.tokens ?? 0 };
}
