/** Makes all turns of a session searchable: the index that is kept of it gets the turns that it lacks. */
import type { Clock, RequestId } from "@caprock/domain";
import type { SessionTurn, TurnSource } from "@caprock/memory";
import type { OpenSession } from "../remember.ts";
import type { EventLoopSlices } from "./event-loop-slices.ts";
import type { KeptIndexes } from "./kept-indexes.ts";
import type { Patience, Work } from "./patience.ts";
import { indexNewest, type SearchableHistory } from "./searchable-history.ts";
import type { SessionIndex } from "./session-index.ts";

export interface SessionSearchParts {
  readonly turns: Pick<TurnSource, "turnsAfter">;
  readonly clock: Clock;
  /** As the session store keeps turns. */
  readonly turnsKeptForMs: number;
  readonly kept: KeptIndexes;
  readonly slices: EventLoopSlices;
  readonly patience: Patience;
}

/** What is read at once: many short turns, or few that carry files. */
const pageTurns = 200;
const pageBytes = 2_000_000;
/** An index of which more has expired is made anew: what is not to be found is not to stay in memory either. */
const mostExpiredShare = 0.25;

export class SessionSearch {
  readonly #parts: SessionSearchParts;
  /** The work on each index that is under way: two requests must not add to one at once. */
  readonly #growing = new WeakMap<SessionIndex, Promise<boolean>>();

  constructor(parts: SessionSearchParts) {
    this.#parts = parts;
  }

  /** Where the index is late or fails, the turns that were read anyway are searched, and the others are counted. Never throws. */
  async open(requestId: RequestId, session: OpenSession): Promise<SearchableHistory> {
    const { claim, turns } = session;
    const { kept, slices, patience, clock, turnsKeptForMs } = this.#parts;
    const oldestMs = clock.now() - turnsKeptForMs;
    let index = kept.ofSession(claim, turns);
    if (index.expiredMessages(oldestMs) > index.chat.length * mostExpiredShare) {
      index = kept.newOfSession(claim, turns);
    }
    const isThere = await patience.inTime(requestId, (build) => this.#grow(index, session, build));
    if (!isThere) {
      const newest = await indexNewest(
        turns.flatMap(({ messages }) => messages),
        slices,
      );
      return { parts: [newest], unsearchedTurns: session.earlierTurns + newest.firstPlace };
    }
    const { chat, skippedTurns } = index;
    const firstPlace = messageCount(turns) - chat.length;
    return {
      parts: [{ index: chat, firstPlace, expired: index.expiredMessages(oldestMs) }],
      unsearchedTurns: skippedTurns,
    };
  }

  #grow(
    index: SessionIndex,
    session: OpenSession,
    build: (long: Work) => Promise<boolean>,
  ): Promise<boolean> {
    const firstRead = session.turns[0]?.sequence ?? session.claim.sequence;
    const before = this.#growing.get(index) ?? Promise.resolve(true);
    const growth = before
      .catch(() => false)
      .then(async () => {
        const lacksOlder = index.throughSequence < firstRead - 1;
        const knowsOlder = !lacksOlder || (await build(() => this.#readUpTo(firstRead, index, session)));
        return knowsOlder && this.#add(session.turns, index, session);
      });
    this.#growing.set(index, growth);
    return growth;
  }

  /** Reads what the index lacks of the turns before those that are read anyway. */
  async #readUpTo(firstRead: number, index: SessionIndex, session: OpenSession): Promise<boolean> {
    while (index.throughSequence < firstRead - 1) {
      const after = index.throughSequence;
      const limit = Math.min(firstRead - 1 - after, pageTurns);
      const page = await this.#parts.turns.turnsAfter(session.claim.session, after, limit, pageBytes);
      const older = page.filter(({ sequence }) => sequence < firstRead);
      if (!(await this.#add(older, index, session))) {
        return false;
      }
      if (older.length < page.length || page.length === 0) {
        index.skipTo(firstRead - 1);
      }
    }
    return true;
  }

  /** Gives up an index that gets too large. */
  async #add(turns: readonly SessionTurn[], index: SessionIndex, { claim }: OpenSession): Promise<boolean> {
    await this.#parts.slices.run(index.adding(turns));
    return this.#parts.kept.sessionGrew(claim, index);
  }
}

function messageCount(turns: readonly SessionTurn[]): number {
  return turns.reduce((sum, { messages }) => sum + messages.length, 0);
}
