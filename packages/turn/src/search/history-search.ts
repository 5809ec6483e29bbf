/** Makes the older turns of a chat searchable: grows the index that is kept, within the time that an answer can wait for it. */
import { ChatIndex, type ChatMessage, type ChatVectors, type SearchedPart, textOf } from "@caprock/context";
import type { Clock, RequestId, TenantId, Timer } from "@caprock/domain";
import type { SessionTurn, TurnSource } from "@caprock/memory";
import type { OpenSession } from "../remember.ts";
import { EventLoopSlices } from "./event-loop-slices.ts";
import { KeptIndexes, type KeptIndexesOptions } from "./kept-indexes.ts";
import type { SessionIndex } from "./session-index.ts";

export interface HistorySearchParts extends KeptIndexesOptions {
  readonly turns: Pick<TurnSource, "turnsAfter">;
  readonly clock: Clock;
  readonly timer: Timer;
  /** How long an answer waits for an index. What is not done by then goes on for the next answer. */
  readonly deadlineMs: number;
  /** As the session store keeps turns. */
  readonly turnsKeptForMs: number;
  /** Takes work that no answer waits for; it does not fail. */
  readonly inBackground: (work: Promise<void>) => void;
  /** Told of an index that could not be made; the newest turns are searched instead. */
  readonly onFailure: (requestId: RequestId, error: unknown) => void;
}

/** Whose history is searched. */
export interface SearchRequest {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly session: OpenSession | undefined;
  /** The request's own messages; the last of them asks, and is sent in any case. */
  readonly messages: readonly ChatMessage[];
}

/** What of a history can be searched. */
export interface SearchableHistory {
  /** Oldest first. */
  readonly parts: readonly SearchedPart[];
  /** How many older turns (messages, of a chat without a session) are in no part. */
  readonly unsearchedTurns: number;
  /** By which messages of sessions are found besides their words. */
  readonly vectors?: ChatVectors | undefined;
}

/** Any of them may be large. */
const pageTurns = 100;
/** Of a chat whose index is late, so much of its newest text is indexed for the one answer: about 150,000 tokens. */
const newestCharacters = 600_000;

/** One for a process. */
export class HistorySearch {
  readonly #parts: HistorySearchParts;
  readonly #kept: KeptIndexes;
  readonly #slices = new EventLoopSlices();
  /** The work on each index that is under way: two requests must not add to one at once. */
  readonly #growing = new WeakMap<object, Promise<void>>();

  constructor(parts: HistorySearchParts) {
    this.#parts = parts;
    this.#kept = new KeptIndexes(parts);
  }

  /**
   * Of a session all turns are searched, and of a chat all that its caller sends. Where their index is late or fails, it is the
   * newest alone, and the others are counted. Never throws.
   */
  async open({ requestId, tenantId, session, messages }: SearchRequest): Promise<SearchableHistory> {
    const older = messages.slice(0, -1);
    if (session === undefined) {
      return this.#ofChat(requestId, tenantId, older);
    }
    const { parts, unsearchedTurns } = await this.#ofSession(requestId, session);
    if (older.length === 0) {
      return { parts, unsearchedTurns };
    }
    const said = await this.#newestOf(older);
    const firstPlace = messageCount(session.turns) + said.firstPlace;
    return {
      parts: [...parts, { index: said.index, firstPlace }],
      unsearchedTurns: unsearchedTurns + said.firstPlace,
    };
  }

  async #ofSession(requestId: RequestId, session: OpenSession): Promise<SearchableHistory> {
    const { claim, turns } = session;
    const index = this.#kept.ofSession(claim);
    const before = this.#growing.get(index) ?? Promise.resolve();
    const growth = before.catch(() => undefined).then(() => this.#catchUp(index, session));
    this.#growing.set(index, growth);
    const history = messageCount(turns);
    if (await this.#inTime(requestId, growth)) {
      const expired = index.expiredMessages(this.#parts.clock.now() - this.#parts.turnsKeptForMs);
      const { chat } = index;
      return { parts: [{ index: chat, firstPlace: history - chat.length, expired }], unsearchedTurns: 0 };
    }
    const newest = new ChatIndex();
    await this.#addAll(
      turns.flatMap(({ messages }) => messages),
      newest,
    );
    return { parts: [{ index: newest, firstPlace: 0 }], unsearchedTurns: (turns[0]?.sequence ?? 1) - 1 };
  }

  /** Reads what the index does not know of the turns before those that are read anyway. */
  async #catchUp(index: SessionIndex, { claim, turns }: OpenSession): Promise<void> {
    const firstRead = turns[0]?.sequence ?? claim.sequence;
    const add = async (more: readonly SessionTurn[]) => {
      await this.#slices.forEach(more, charactersOfTurn, (turn) => index.add(turn));
      this.#kept.sessionGrew(claim, index);
    };
    while (index.throughSequence < firstRead - 1) {
      const missing = firstRead - 1 - index.throughSequence;
      const limit = Math.min(missing, pageTurns);
      const page = await this.#parts.turns.turnsAfter(claim.session, index.throughSequence, limit);
      const older = page.filter(({ sequence }) => sequence < firstRead);
      await add(older);
      if (older.length < limit) {
        index.skipTo(firstRead - 1);
      }
    }
    await add(turns);
  }

  async #ofChat(
    requestId: RequestId,
    tenantId: TenantId,
    messages: readonly ChatMessage[],
  ): Promise<SearchableHistory> {
    const known = this.#kept.ofChat(tenantId, messages);
    const index = this.#growing.has(known) ? new ChatIndex() : known;
    const growth = this.#addAll(messages.slice(index.length), index).then(() => {
      this.#growing.delete(index);
      this.#kept.keepChat(tenantId, messages, index);
    });
    this.#growing.set(index, growth);
    if (await this.#inTime(requestId, growth)) {
      return { parts: [{ index, firstPlace: 0 }], unsearchedTurns: 0 };
    }
    const newest = await this.#newestOf(messages);
    return { parts: [newest], unsearchedTurns: newest.firstPlace };
  }

  async #newestOf(messages: readonly ChatMessage[]): Promise<{ index: ChatIndex; firstPlace: number }> {
    let characters = 0;
    const tooOld = messages.findLastIndex((message) => {
      characters += charactersOf(message);
      return characters > newestCharacters;
    });
    const index = new ChatIndex();
    await this.#addAll(messages.slice(tooOld + 1), index);
    return { index, firstPlace: tooOld + 1 };
  }

  #addAll(messages: readonly ChatMessage[], index: ChatIndex): Promise<void> {
    return this.#slices.forEach(messages, charactersOf, (message) => index.add(message));
  }

  /** False when the work failed, or is left to go on by itself. */
  async #inTime(requestId: RequestId, work: Promise<void>): Promise<boolean> {
    const { timer, deadlineMs, inBackground, onFailure } = this.#parts;
    const done = work.then(
      () => true,
      (error: unknown) => {
        onFailure(requestId, error);
        return false;
      },
    );
    let cancel = () => {};
    const late = new Promise<"late">((resolve) => {
      cancel = timer(deadlineMs, () => resolve("late"));
    });
    const outcome = await Promise.race([done, late]);
    cancel();
    if (outcome === "late") {
      inBackground(done.then(() => undefined));
      return false;
    }
    return outcome;
  }
}

function charactersOf(message: ChatMessage): number {
  return textOf(message).length;
}

function messageCount(turns: readonly SessionTurn[]): number {
  return turns.reduce((sum, { messages }) => sum + messages.length, 0);
}

function charactersOfTurn({ messages }: SessionTurn): number {
  return messages.reduce((sum, message) => sum + charactersOf(message), 0);
}
