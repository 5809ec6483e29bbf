/** What of a chat's older turns can be searched. */
import { ChatIndex, type ChatMessage, type ChatVectors, type SearchedPart, textOf } from "@caprock/context";
import type { EventLoopSlices } from "./event-loop-slices.ts";

export interface SearchableHistory {
  /** Oldest first. */
  readonly parts: readonly SearchedPart[];
  /** How many older turns (messages, of a chat without a session) are in no part. */
  readonly unsearchedTurns: number;
  /** By which messages of sessions are found besides their words. */
  readonly vectors?: ChatVectors | undefined;
}

/** So much of the newest text is indexed for one answer, when the index of all is late: about 150,000 tokens. */
const newestCharacters = 600_000;

/** An index of the newest messages alone, for one answer. */
export async function indexNewest(
  messages: readonly ChatMessage[],
  slices: EventLoopSlices,
): Promise<SearchedPart> {
  let characters = 0;
  const firstPlace =
    1 +
    messages.findLastIndex((message) => {
      characters += textOf(message).length;
      return characters > newestCharacters;
    });
  const index = new ChatIndex();
  await slices.run(addingAll(messages.slice(firstPlace), index));
  return { index, firstPlace };
}

/** Adds messages in steps, each of which tells how many characters it took. */
export function* addingAll(messages: readonly ChatMessage[], index: ChatIndex): Generator<number, void> {
  for (const message of messages) {
    yield* index.adding(message);
  }
}
