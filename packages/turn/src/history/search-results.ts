/** What a session keeps of the search results that a question brought, and how later requests are told of them. */
import { quoted } from "@caprock/context";
import type { Model } from "@caprock/domain";
import type { TurnMessage } from "@caprock/memory";
import type { ConverseBody } from "../converse-body.ts";
import { type ContentBlock, membersOf } from "./content-block.ts";
import { openQuestionOf } from "./open-question.ts";

/** The message with its search results as references: their sources and titles, and nothing of what they say. */
export function withReferences({ role, content }: TurnMessage): TurnMessage {
  return { role, content: content.map(asReference) };
}

function asReference(block: ContentBlock): ContentBlock {
  if (block.toolResult !== undefined) {
    return withParts(block, (parts) => parts.map(asReference));
  }
  if (block.searchResult === undefined) {
    return block;
  }
  const { source, title } = membersOf(block.searchResult);
  return { searchResult: { source, title, content: [] } };
}

/** A tool's result of other parts; the very block where it has no list of them. */
function withParts(
  block: ContentBlock,
  change: (parts: readonly ContentBlock[]) => readonly ContentBlock[],
): ContentBlock {
  const { content } = membersOf(block.toolResult);
  return Array.isArray(content)
    ? { toolResult: { ...membersOf(block.toolResult), content: change(content.map(membersOf)) } }
    : block;
}

/**
 * The history with search results in words: their names alone, since they were retrieved for a question that is answered. In the
 * exchange that the request goes on with, `isAnswered`, they stay, as text for a model that takes none.
 */
export function searchResultsInWords(
  history: readonly TurnMessage[],
  isAnswered: boolean,
  { supports }: Pick<Model, "supports">,
): readonly TurnMessage[] {
  const open = isAnswered ? Math.max(0, openQuestionOf(history)) : history.length;
  return history.map((message, index) => {
    if (!message.content.some(bringsResults)) {
      return message;
    }
    if (index < open) {
      return { ...message, content: named(message.content) };
    }
    return supports.searchResults ? message : { ...message, content: message.content.map(inWords) };
  });
}

function bringsResults({ searchResult, toolResult }: ContentBlock): boolean {
  const { content } = membersOf(toolResult);
  return searchResult !== undefined || (Array.isArray(content) && content.map(membersOf).some(bringsResults));
}

/** A model that is told of more has no use for them. */
const mostNamed = 20;

/** All that stand together in one text, where the first of them stood; the parts of a tool's result are apart. */
function named(blocks: readonly ContentBlock[]): ContentBlock[] {
  const results = blocks.filter(({ searchResult }) => searchResult !== undefined);
  const names = results.slice(0, mostNamed).map(({ searchResult }) => {
    const { title, source } = membersOf(searchResult);
    return `"${title ?? "untitled"}" (${source ?? "no source"})`;
  });
  const more = results.length > mostNamed ? `; and ${results.length - mostNamed} more` : "";
  const words = { text: `[Documents that were given: ${names.join("; ")}${more}.]` };
  return blocks.flatMap((block) => {
    if (block.searchResult === undefined) {
      return bringsResults(block) ? [withParts(block, named)] : [block];
    }
    return block === results[0] ? [words] : [];
  });
}

/**
 * A request's messages with search results as text with source and title, for a model that takes no such blocks, those in results of
 * tools too. With `butQuestion` those of the newest question and of the newest results stay, for `fit` to choose from and to write.
 */
export function withoutSearchResults(
  messages: ConverseBody["messages"],
  { butQuestion }: { readonly butQuestion: boolean },
): ConverseBody["messages"] {
  const question = butQuestion ? openQuestionOf(messages) : -1;
  const newest = butQuestion ? messages.length - 1 : -1;
  return messages.map((message, index) =>
    (index === question && message.content.some(saysMore)) || (index === newest && index > question)
      ? message
      : { ...message, content: message.content.map(inWords) },
  );
}

/** Search results alone are the question itself, of which `fit` takes none. */
function saysMore({ searchResult, cachePoint }: ContentBlock): boolean {
  return searchResult === undefined && cachePoint === undefined;
}

function inWords(block: ContentBlock): ContentBlock {
  if (block.toolResult !== undefined) {
    return withParts(block, (parts) => parts.map(inWords));
  }
  if (block.searchResult === undefined) {
    return block;
  }
  const { source, title, content } = membersOf(block.searchResult);
  const texts = (Array.isArray(content) ? content : []).map((part) => membersOf(part).text);
  const text = texts.filter((part) => typeof part === "string").join("\n");
  return { text: quoted("document", { id: textOr(source), title: textOr(title) }, text) };
}

function textOr(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
