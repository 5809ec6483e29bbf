/** The search index of a chat in Converse's form: grows message by message, and knows where each one stands. */
import type { ChatMessage } from "./converse.ts";
import { textOf } from "./recall-turns.ts";
import { ConversationIndex } from "./relevance/conversation-index.ts";

/** What is known of a message besides what it says. */
export interface MessageOrigin {
  /** By which a report names it; by default its place. */
  readonly id?: string | undefined;
  /** When it was said. */
  readonly atMs?: number | undefined;
}

export class ChatIndex {
  /** What is searched: the messages that have text, each by its number among them. */
  readonly conversation = new ConversationIndex();
  /** Where each of those stands in the chat, counted from its first message, and its id. */
  readonly places: number[] = [];
  readonly ids: string[] = [];
  #length = 0;

  constructor(messages: readonly ChatMessage[] = []) {
    for (const message of messages) {
      this.add(message);
    }
  }

  /** How many messages were added, those without text included. */
  get length(): number {
    return this.#length;
  }

  /** Adds the next message in time. */
  add(message: ChatMessage, origin: MessageOrigin = {}): void {
    for (const _ of this.adding(message, origin)) {
      // All steps at once.
    }
  }

  /** The same in steps, each of which tells how many characters it took; see `ConversationIndex`. */
  *adding(message: ChatMessage, { id, atMs }: MessageOrigin = {}): Generator<number, void> {
    const text = textOf(message);
    if (text !== "") {
      yield* this.conversation.adding({
        id: this.places.length,
        role: message.role,
        text,
        timestamp: atMs,
      });
      this.places.push(this.#length);
      this.ids.push(id ?? String(this.#length));
    }
    this.#length += 1;
  }

  /** Whether a chat begins with what this index was made of. */
  begins(messages: readonly ChatMessage[]): boolean {
    if (messages.length < this.#length) {
      return false;
    }
    let next = 0;
    for (let place = 0; place < this.#length; place++) {
      const message = messages[place];
      const indexed = this.places[next] === place ? this.conversation.messages[next++] : undefined;
      if (
        message === undefined ||
        textOf(message) !== (indexed?.text ?? "") ||
        (indexed && message.role !== this.conversation.speakers[indexed.speaker])
      ) {
        return false;
      }
    }
    return true;
  }

  /** The first of the searched messages that stands at `place` or after it; their number when none does. */
  firstFrom(place: number): number {
    let [low, high] = [0, this.places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.places[middle] ?? 0) < place) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
