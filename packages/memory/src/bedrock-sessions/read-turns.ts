/** Reads turns, several at once: each is a call to Bedrock. What is deleted or has expired is not there. */
import type { TenantId } from "@caprock/domain";
import { z } from "zod";
import type { SessionHeads } from "../dynamodb/session-heads.ts";
import type { Incarnation, TurnIndex, TurnRange } from "../dynamodb/turn-index.ts";
import type { SessionKey, SessionTurn, TurnMessage } from "../long-term/session-turn.ts";
import { turnUnreadable } from "../sessions/turn-unreadable.ts";
import type { BedrockTexts } from "./bedrock-texts.ts";
import { bedrockSessionOf, type TurnItem } from "./turn-items.ts";
import type { Volumes } from "./volumes.ts";

const mostAtOnce = 10;

const messagesOfTurn = z.array(
  z.object({
    role: z.enum(["user", "assistant"]),
    content: z.array(z.record(z.string(), z.unknown())),
  }),
);

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

  async between(session: SessionKey, range: TurnRange): Promise<readonly SessionTurn[]> {
    const { heads, index } = this.#parts;
    const head = await heads.read(session);
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
    for await (const item of index.between(of, range)) {
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
    const found = await this.#parts.index.newest(tenantId, actorId, limit, withoutSession);
    const turns: (SessionTurn & { readonly sessionId: string })[] = [];
    for (const { item, ...of } of found) {
      const turn = await this.read(of, item);
      if (turn) {
        turns.push({ ...turn, sessionId: of.session.sessionId });
      }
    }
    return turns;
  }

  async find(tenantId: TenantId, turnId: string): Promise<(SessionKey & SessionTurn) | undefined> {
    const found = await this.#parts.index.find(tenantId, turnId);
    const turn = found && (await this.read(found, found.item));
    return found && turn && { ...found.session, ...turn };
  }

  /** Throws CaprockError (`turn_unreadable`) for a turn that is there and whose content is not. */
  async read(of: Incarnation, item: TurnItem): Promise<SessionTurn | undefined> {
    const { index, texts, volumes } = this.#parts;
    const { turnId, place, sequence, atMs, sessionOnly } = item;
    if (turnId === undefined || place === undefined || !index.isLive(item)) {
      return undefined;
    }
    const text = await texts.read(bedrockSessionOf(place.volume), place);
    if (text !== undefined) {
      const messages = toMessages(text);
      if (messages === undefined) {
        throw turnUnreadable(of.session, turnId, "damaged");
      }
      return { turnId, sequence, atMs, messages, sessionOnly };
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

/** Undefined for what no turn was written as. */
function toMessages(text: string): readonly TurnMessage[] | undefined {
  try {
    return messagesOfTurn.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
