/** Reads turns, several at once: each is a call to Bedrock. What is deleted or has expired is not there. */
import type { TenantId } from "@caprock/domain";
import type { SessionHeads } from "../dynamodb/session-heads.ts";
import type { Incarnation, TurnIndex, TurnRange } from "../dynamodb/turn-index.ts";
import type { SessionKey, SessionTurn, TurnMessage } from "../long-term/session-turn.ts";
import type { HasRoom, TurnSize } from "../sessions/history-room.ts";
import { type ReadInOrder, readInOrder } from "../sessions/read-in-order.ts";
import { turnMessages } from "../sessions/turn-text.ts";
import { turnUnreadable } from "../sessions/turn-unreadable.ts";
import type { BedrockTexts } from "./bedrock-texts.ts";
import { bedrockSessionOf, type TurnItem } from "./turn-items.ts";
import type { Volumes } from "./volumes.ts";

const mostAtOnce = 10;

export interface ReadTurnsParts {
  readonly index: TurnIndex<TurnItem>;
  readonly heads: SessionHeads;
  readonly volumes: Volumes;
  readonly texts: BedrockTexts;
}

export class ReadTurns {
  readonly #parts: ReadTurnsParts;

  constructor(parts: ReadTurnsParts) {
    this.#parts = parts;
  }

  async between(
    session: SessionKey,
    range: TurnRange,
    hasRoom: HasRoom = () => true,
  ): Promise<ReadInOrder<SessionTurn>> {
    const { heads, index } = this.#parts;
    const head = await heads.read(session);
    if (head === undefined) {
      return { found: [], isCut: false };
    }
    const of = { session, incarnation: head.incarnation };
    const hasRoomFor = (item: TurnItem) => hasRoom(sizeOf(item));
    const bound = { limit: range.limit, mostAtOnce, hasRoomFor };
    return readInOrder(index.between(of, range), bound, (item) => this.read(of, item));
  }

  async idsBetween(session: SessionKey, range: TurnRange): Promise<readonly string[]> {
    const { heads, index } = this.#parts;
    const head = await heads.read(session);
    return head ? index.idsBetween({ session, incarnation: head.incarnation }, range) : [];
  }

  /** Of those alone is read what was said that are among the newest. */
  async newest(
    tenantId: TenantId,
    actorId: string,
    limit: number,
    withoutSession: string | undefined,
    hasRoom: HasRoom,
  ) {
    const newest = await this.#parts.index.newest(tenantId, actorId, limit, withoutSession);
    const hasRoomFor = ({ item }: { readonly item: TurnItem }) => hasRoom(sizeOf(item));
    const bound = { limit, mostAtOnce, hasRoomFor };
    const { found } = await readInOrder(newest, bound, async ({ item, ...of }) => {
      const turn = await this.read(of, item);
      return turn && { ...turn, sessionId: of.session.sessionId };
    });
    return found;
  }

  async find(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined> {
    const found = await this.#parts.index.find(tenantId, turnId);
    const turn = found && (await this.read(found, found.item));
    return found && turn && { ...found.session, ...turn };
  }

  /** Throws CaprockError (`turn_unreadable`) for a turn that is there and whose content is not. */
  async read(of: Incarnation, item: TurnItem): Promise<SessionTurn | undefined> {
    const { index, texts, volumes } = this.#parts;
    const { turnId, place, sequence, atMs, sessionOnly, counted } = item;
    if (turnId === undefined || place === undefined || !index.isLive(item)) {
      return undefined;
    }
    const text = await texts.read(bedrockSessionOf(place.volume), place);
    if (text !== undefined) {
      const messages = toMessages(text);
      if (messages === undefined) {
        throw turnUnreadable(of.session, turnId, "damaged");
      }
      return { turnId, sequence, atMs, messages, sessionOnly, counted };
    }
    const now = await index.at(of.session.tenantId, item.item);
    if (now?.place !== undefined && now.place.volume !== place.volume) {
      // It was moved while it was read.
      return this.read(of, now);
    }
    if (now?.turnId === turnId && (await volumes.mustHold(of, place.volume))) {
      throw turnUnreadable(of.session, turnId, "missing");
    }
    // It was deleted while it was read; or its writer died, before anybody was told of it, while its volume was emptied.
    return undefined;
  }
}

function sizeOf({ lengthBytes = 0, counted }: TurnItem): TurnSize {
  return { bytes: lengthBytes, tokens: counted?.tokens ?? 0 };
}

/** Undefined for what no turn was written as. */
function toMessages(text: string): readonly TurnMessage[] | undefined {
  try {
    return turnMessages(text);
  } catch {
    return undefined;
  }
}
