/** The search index of one session, and how far it has got. */
import { ChatIndex } from "@caprock/context";
import type { SessionTurn, TurnClaim } from "@caprock/memory";
import { messageId } from "../session-history.ts";

/** What tells a session as it stands from what it was. */
export type SessionState = Pick<TurnClaim, "incarnation" | "deletedTurns">;

export class SessionIndex {
  readonly chat = new ChatIndex();
  readonly #state: SessionState;
  /** When each turn was said, and where its messages end. */
  readonly #turns: { readonly atMs: number; readonly end: number }[] = [];
  /** So many of the session's first turns it is without, because it would be too large with them. */
  readonly skippedTurns: number;
  #throughSequence: number;
  #expiredTurns = 0;

  constructor({ incarnation, deletedTurns }: SessionState, skippedTurns: number) {
    this.#state = { incarnation, deletedTurns };
    this.skippedTurns = skippedTurns;
    this.#throughSequence = skippedTurns;
  }

  /** The last turn that it knows; 0 before the first. */
  get throughSequence(): number {
    return this.#throughSequence;
  }

  /** Whether it is the session's as it stands, and so has nothing that was deleted. */
  isOf({ incarnation, deletedTurns }: SessionState): boolean {
    return this.#state.incarnation === incarnation && this.#state.deletedTurns === deletedTurns;
  }

  /**
   * Adds further turns, oldest first, in steps, each of which tells how many characters it took. One that it knows already
   * changes nothing.
   */
  *adding(turns: readonly SessionTurn[]): Generator<number, void> {
    for (const { sequence, atMs, messages } of turns) {
      if (sequence > this.#throughSequence) {
        for (const [index, message] of messages.entries()) {
          yield* this.chat.adding(message, { id: messageId(sequence, index), atMs });
        }
        this.#turns.push({ atMs, end: this.chat.length });
        this.#throughSequence = sequence;
      }
    }
  }

  /** Up to that number there is no further turn: they were deleted, or have expired. */
  skipTo(sequence: number): void {
    this.#throughSequence = Math.max(this.#throughSequence, sequence);
  }

  /** How many of the oldest messages belong to turns that were said at `oldestMs` or before. */
  expiredMessages(oldestMs: number): number {
    while ((this.#turns[this.#expiredTurns]?.atMs ?? Number.POSITIVE_INFINITY) <= oldestMs) {
      this.#expiredTurns += 1;
    }
    return this.#turns[this.#expiredTurns - 1]?.end ?? 0;
  }
}
