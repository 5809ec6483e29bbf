/** The search index of one session, and how far it has got. */
import { ChatIndex } from "@caprock/context";
import type { SessionTurn, TurnClaim } from "@caprock/memory";
import { messageId } from "../session-history.ts";

export class SessionIndex {
  readonly chat = new ChatIndex();
  readonly #incarnation: string;
  readonly #deletedTurns: number;
  /** When each turn was said, and where its messages end. */
  readonly #turns: { readonly atMs: number; readonly end: number }[] = [];
  #throughSequence = 0;
  #expiredTurns = 0;

  constructor({ incarnation, deletedTurns }: Pick<TurnClaim, "incarnation" | "deletedTurns">) {
    this.#incarnation = incarnation;
    this.#deletedTurns = deletedTurns;
  }

  /** The last turn that it knows; 0 before the first. */
  get throughSequence(): number {
    return this.#throughSequence;
  }

  /** Whether it is the claimed session's, and has nothing that was deleted from it. */
  isOf({ incarnation, deletedTurns }: Pick<TurnClaim, "incarnation" | "deletedTurns">): boolean {
    return this.#incarnation === incarnation && this.#deletedTurns === deletedTurns;
  }

  /** Adds the next turn; one that it knows already changes nothing. */
  add({ sequence, atMs, messages }: SessionTurn): void {
    if (sequence <= this.#throughSequence) {
      return;
    }
    for (const [index, message] of messages.entries()) {
      this.chat.add(message, { id: messageId(sequence, index), atMs });
    }
    this.#turns.push({ atMs, end: this.chat.length });
    this.#throughSequence = sequence;
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
