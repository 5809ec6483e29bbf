/** Replaces old tool results by a placeholder: what a model has already read and answered is the cheapest to lose. */
import { blocksOf, type ChatMessage, elementsOf, membersOf } from "./converse.ts";

/** What stands for a tool result that was cleared. */
export const clearedResultMarker =
  "[This tool result is old and was cleared to save room. Call the tool again if you need it.]";

export interface ClearToolResults {
  /** How many of the newest results stay. By default 3. */
  readonly keep?: number | undefined;
  /** Names of tools whose results are never cleared. */
  readonly exclude?: readonly string[] | undefined;
}

const defaultKeep = 3;

/**
 * The chat with its old tool results cleared; the messages that need no change are the same objects. Results are
 * cleared in steps of `keep`, counted from the chat's start, so that the prefix that a cache holds changes rarely.
 * The results of the last message, which the model has yet to read, always stay.
 */
export function clearToolResults<M extends ChatMessage>(
  messages: readonly M[],
  { keep = defaultKeep, exclude = [] }: ClearToolResults,
): M[] {
  const excluded = excludedIds(messages, exclude);
  const clearable = (block: Readonly<Record<string, unknown>>): boolean =>
    block.toolResult !== undefined && !excluded.has(membersOf(block.toolResult).toolUseId);
  const found = messages.map((message) => blocksOf(message).filter(clearable).length);
  const total = found.reduce((sum, count) => sum + count, 0);
  const step = Math.max(1, keep);
  let left = Math.floor(Math.max(0, total - keep) / step) * step;
  return messages.map((message, index) => {
    if (left === 0 || found[index] === 0 || index === messages.length - 1) {
      return message;
    }
    const content = blocksOf(message).map((block) => {
      if (!clearable(block) || left === 0) {
        return block;
      }
      left--;
      return isCleared(block) ? block : cleared(block);
    });
    return content.every((block, at) => block === blocksOf(message)[at]) ? message : { ...message, content };
  });
}

function excludedIds(messages: readonly ChatMessage[], names: readonly string[]): ReadonlySet<unknown> {
  if (names.length === 0) {
    return new Set();
  }
  const calls = messages.flatMap((message) => blocksOf(message).map(({ toolUse }) => membersOf(toolUse)));
  return new Set(calls.filter(({ name }) => names.includes(String(name))).map((call) => call.toolUseId));
}

function isCleared(block: Readonly<Record<string, unknown>>): boolean {
  const [first, ...more] = elementsOf(membersOf(block.toolResult).content);
  return more.length === 0 && membersOf(first).text === clearedResultMarker;
}

function cleared(block: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    ...block,
    toolResult: { ...membersOf(block.toolResult), content: [{ text: clearedResultMarker }] },
  };
}
