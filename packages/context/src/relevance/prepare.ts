/** Makes the search index of a conversation, and remembers it for arrays that come again. */
import { ConversationIndex } from "./conversation-index.ts";
import type { ConversationMessage } from "./message.ts";

/**
 * An index for `select`, to keep while a conversation lives: `index.add(message)` takes each further message, in time
 * order. It is the same whether messages came at once or one by one.
 */
export function prepare(messages: readonly ConversationMessage[] = []): ConversationIndex {
  const index = new ConversationIndex();
  for (const message of messages) {
    index.add(message);
  }
  return index;
}

interface Remembered {
  readonly index: ConversationIndex;
  readonly messages: ConversationMessage[];
}

/** By a conversation's first message, so that an index goes when its messages go. */
const remembered = new WeakMap<object, Remembered>();

/** The index of an array: the one made before if the array begins with what that was made of, else a new one. */
export function indexOf(messages: readonly ConversationMessage[]): ConversationIndex {
  const [first] = messages;
  if (first === undefined) {
    return prepare();
  }
  const known = remembered.get(first);
  const usable = known?.messages.every((message, i) => isSame(message, messages[i]));
  const current = known && usable ? known : { index: prepare(), messages: [] };
  for (const message of messages.slice(current.messages.length)) {
    current.index.add(message);
    current.messages.push(copyOf(message));
  }
  remembered.set(first, current);
  return current.index;
}

/** By value, because the caller may change a message in place. */
function copyOf(message: ConversationMessage): ConversationMessage {
  const { id, text, speaker, role, timestamp, session, tokens } = message;
  return { id, text, speaker, role, timestamp: plain(timestamp), session, tokens };
}

function isSame(copy: ConversationMessage, message: ConversationMessage | undefined): boolean {
  return (
    message !== undefined &&
    copy.id === message.id &&
    copy.text === message.text &&
    copy.speaker === message.speaker &&
    copy.role === message.role &&
    Object.is(copy.timestamp, plain(message.timestamp)) &&
    copy.session === message.session &&
    Object.is(copy.tokens, message.tokens)
  );
}

function plain(timestamp: ConversationMessage["timestamp"]): ConversationMessage["timestamp"] {
  return timestamp instanceof Date ? timestamp.getTime() : timestamp;
}
