/** For tests: a session store in a Map, and turns to put into it. */
import type { SessionKey, SessionTurn, TurnSource } from "../long-term/session-turn.ts";

export function turn(sequence: number, text: string, atMs = sequence * 1_000): SessionTurn {
  return {
    turnId: `turn-${sequence}`,
    sequence,
    atMs,
    messages: [
      { role: "user", content: [{ text }] },
      { role: "assistant", content: [{ text: `Noted: ${sequence}` }] },
    ],
  };
}

export class MapSessions implements TurnSource {
  readonly #sessions = new Map<
    string,
    { readonly key: SessionKey; incarnation: number; turns: SessionTurn[] }
  >();

  /** For how many turns a page that is bounded in bytes has room: each page takes the first, and puts it last. */
  roomOfPages = [Number.POSITIVE_INFINITY];

  add(key: SessionKey, ...turns: SessionTurn[]): void {
    const known = this.#sessions.get(idOf(key)) ?? { key, incarnation: 0, turns: [] };
    known.incarnation += known.turns.length === 0 ? 1 : 0;
    known.turns.push(...turns);
    this.#sessions.set(idOf(key), known);
  }

  remove(key: SessionKey, turnId?: string): void {
    const known = this.#sessions.get(idOf(key));
    if (known) {
      known.turns = turnId === undefined ? [] : known.turns.filter((one) => one.turnId !== turnId);
    }
  }

  async turnsAfter(
    key: SessionKey,
    sequence: number,
    limit: number,
    mostBytes?: number,
  ): Promise<readonly SessionTurn[]> {
    const turns = this.#sessions.get(idOf(key))?.turns ?? [];
    const [room = limit, ...later] = mostBytes === undefined ? [limit] : this.roomOfPages;
    if (mostBytes !== undefined) {
      this.roomOfPages = [...later, room];
    }
    return turns.filter((one) => one.sequence > sequence).slice(0, Math.min(limit, room));
  }

  async turnIdsAfter(key: SessionKey, sequence: number, limit: number): Promise<readonly string[]> {
    return (await this.turnsAfter(key, sequence, limit)).map(({ turnId }) => turnId);
  }

  async incarnationOf(key: SessionKey): Promise<string | undefined> {
    const known = this.#sessions.get(idOf(key));
    return known === undefined || known.turns.length === 0 ? undefined : String(known.incarnation);
  }

  async newestTurns(tenantId: string, actorId: string, limit: number, withoutSession?: string) {
    return [...this.#sessions.values()]
      .filter(({ key }) => key.tenantId === tenantId && key.actorId === actorId)
      .filter(({ key }) => key.sessionId !== withoutSession)
      .flatMap(({ key, turns }) => turns.map((one) => ({ ...one, sessionId: key.sessionId })))
      .sort((a, b) => b.atMs - a.atMs)
      .slice(0, limit);
  }

  async *sessions(tenantId: string) {
    for (const { key, incarnation, turns } of this.#sessions.values()) {
      const last = turns.at(-1);
      if (key.tenantId === tenantId && last !== undefined) {
        yield { ...key, lastSequence: last.sequence, incarnation: String(incarnation) };
      }
    }
  }
}

function idOf({ tenantId, actorId, sessionId }: SessionKey): string {
  return JSON.stringify([tenantId, actorId, sessionId]);
}
