/** Reads turns, several at once: each is a call to Bedrock. What is deleted or has expired is not there. */
import type { Clock, TenantId } from "@caprock/domain";
import { z } from "zod";
import type { SessionHeads } from "../dynamodb/session-heads.ts";
import { turnName } from "../dynamodb/session-items.ts";
import type { TenantItems } from "../dynamodb/tenant-items.ts";
import { actorName } from "../long-term/memory-names.ts";
import type { SessionKey, SessionTurn, TurnMessage } from "../long-term/session-turn.ts";
import type { Session } from "../sessions/session-store.ts";
import type { BedrockTexts } from "./bedrock-texts.ts";
import {
  bedrockSessionOf,
  type Incarnation,
  pointerItem,
  pointerName,
  type TurnItem,
  turnItem,
} from "./turn-items.ts";

/** Turn numbers, the ends not included. */
interface TurnRange {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  readonly forward: boolean;
}

const mostAtOnce = 10;

const messagesOfTurn = z.array(
  z.object({
    role: z.enum(["user", "assistant"]),
    content: z.array(z.record(z.string(), z.unknown())),
  }),
);

export interface ReadTurnsParts {
  readonly items: TenantItems;
  readonly heads: SessionHeads;
  readonly texts: BedrockTexts;
  readonly clock: Clock;
}

export class ReadTurns {
  readonly #parts: ReadTurnsParts;

  constructor(parts: ReadTurnsParts) {
    this.#parts = parts;
  }

  async between(session: SessionKey, range: TurnRange): Promise<readonly SessionTurn[]> {
    const head = await this.#parts.heads.read(session);
    if (head === undefined) {
      return [];
    }
    const of = { session, incarnation: head.incarnation };
    const turns: SessionTurn[] = [];
    let waiting: TurnItem[] = [];
    const readWaiting = async () => {
      const read = await Promise.all(waiting.map((item) => this.read(of, item)));
      turns.push(...read.filter((turn) => turn !== undefined));
      waiting = [];
    };
    for await (const item of this.#itemsBetween(of, range)) {
      waiting.push(item);
      if (waiting.length === Math.min(mostAtOnce, range.limit - turns.length)) {
        await readWaiting();
        if (turns.length === range.limit) {
          break;
        }
      }
    }
    await readWaiting();
    return turns;
  }

  /** Of those alone is read what was said that are among the newest. */
  async newest(tenantId: TenantId, actorId: string, limit: number, withoutSession: string | undefined) {
    const sessions: Session[] = [];
    for await (const session of this.#parts.heads.below(
      tenantId,
      `session/${actorName(tenantId, actorId)}/`,
    )) {
      if (session.sessionId !== withoutSession) {
        sessions.push(session);
      }
    }
    let newest: { readonly of: Incarnation; readonly item: TurnItem }[] = [];
    for (const session of sessions.sort((a, b) => b.updatedAtMs - a.updatedAtMs)) {
      if (newest.length === limit && (newest.at(-1)?.item.atMs ?? 0) > session.updatedAtMs) {
        // No turn of this session, or of those behind it, is newer than what was found.
        break;
      }
      const of = { session, incarnation: session.incarnation };
      // A writer that has just died may have got one further than its session tells.
      const range = { before: session.lastSequence + 2, limit, forward: false };
      for await (const item of this.#itemsBetween(of, range)) {
        newest.push({ of, item });
      }
      newest = newest
        .sort((a, b) => b.item.atMs - a.item.atMs || b.item.sequence - a.item.sequence)
        .slice(0, limit);
    }
    const turns: (SessionTurn & { readonly sessionId: string })[] = [];
    for (const { of, item } of newest) {
      const turn = await this.read(of, item);
      if (turn) {
        turns.push({ ...turn, sessionId: of.session.sessionId });
      }
    }
    return turns;
  }

  async find(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined> {
    const found = await this.#parts.items.get(tenantId, pointerName(turnId));
    if (found === undefined) {
      return undefined;
    }
    const { actorId, sessionId, incarnation, sequence } = pointerItem.parse(found);
    const session = { tenantId, actorId, sessionId };
    const item = await this.itemAt(tenantId, turnName(session, incarnation, sequence));
    const turn = item?.turnId === turnId ? await this.read({ session, incarnation }, item) : undefined;
    return turn && { ...session, ...turn };
  }

  async itemAt(tenantId: TenantId, name: string): Promise<TurnItem | undefined> {
    const found = await this.#parts.items.get(tenantId, name);
    return found && turnItem.parse(found);
  }

  async read(of: Incarnation, item: TurnItem): Promise<SessionTurn | undefined> {
    const { turnId, place, sequence, atMs, expiresAtMs, sessionOnly } = item;
    if (turnId === undefined || place === undefined || expiresAtMs <= this.#parts.clock.now()) {
      return undefined;
    }
    const text = await this.#parts.texts.read(bedrockSessionOf(place.volume), place);
    if (text !== undefined) {
      return { turnId, sequence, atMs, messages: toMessages(text), sessionOnly };
    }
    const now = await this.itemAt(of.session.tenantId, item.item);
    if (now?.place !== undefined && now.place.volume !== place.volume) {
      // It was moved while it was read.
      return this.read(of, now);
    }
    // It was deleted while it was read; or its writer died, before anybody was told of it, while its volume was emptied.
    return undefined;
  }

  async *#itemsBetween(
    { session, incarnation }: Incarnation,
    { after = 0, before = 1e12 - 1, limit, forward }: TurnRange,
  ): AsyncGenerator<TurnItem> {
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
      const item = turnItem.parse(one);
      if (item.turnId !== undefined && item.expiresAtMs > this.#parts.clock.now()) {
        yield item;
      }
    }
  }
}

function toMessages(text: string): readonly TurnMessage[] {
  return messagesOfTurn.parse(JSON.parse(text));
}
