/** What a session keeps of the search results that a question brought, and how later requests are told of them. */
import { quoted } from "@caprock/context";
import type { Model } from "@caprock/domain";
import type { TurnMessage } from "@caprock/memory";
import type { ConverseBody } from "../converse-body.ts";
import { type ContentBlock, membersOf } from "./content-block.ts";
import { openQuestionOf } from "./open-question.ts";

/** The message with its search results as references: their sources and titles, and nothing of what they say. */
export function withReferences({ role, content }: TurnMessage): TurnMessage {
  return {
    role,
    content: content.map((block) => {
      if (block.searchResult === undefined) {
        return block;
      }
      const { source, title } = membersOf(block.searchResult);
      return { searchResult: { source, title, content: [] } };
    }),
  };
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
    if (!message.content.some(({ searchResult }) => searchResult !== undefined)) {
      return message;
    }
    if (index < open) {
      return named(message);
    }
    return supports.searchResults ? message : { ...message, content: message.content.map(inWords) };
  });
}

/** A model that is told of more has no use for them. */
const mostNamed = 20;

/** All in one text, where the first of them stood. */
function named(message: TurnMessage): TurnMessage {
  const results = message.content.filter(({ searchResult }) => searchResult !== undefined);
  const names = results.slice(0, mostNamed).map(({ searchResult }) => {
    const { title, source } = membersOf(searchResult);
    return `"${title ?? "untitled"}" (${source ?? "no source"})`;
  });
  const more = results.length > mostNamed ? `; and ${results.length - mostNamed} more` : "";
  const words = { text: `[Documents that were given: ${names.join("; ")}${more}.]` };
  return {
    ...message,
    content: message.content.flatMap((block) => {
      if (block.searchResult === undefined) {
        return [block];
      }
      return block === results[0] ? [words] : [];
    }),
  };
}

/**
 * A request's messages with search results as text with source and title, for a model that takes no such blocks, those in results of
 * tools too. With `butQuestion` those of the newest question stay, for `fit` to choose from and to write.
 */
export function withoutSearchResults(
  messages: ConverseBody["messages"],
  { butQuestion }: { readonly butQuestion: boolean },
): ConverseBody["messages"] {
  const question = butQuestion ? openQuestionOf(messages) : -1;
  return messages.map((message, index) =>
    index === question && message.content.some(saysMore)
      ? message
      : { ...message, content: message.content.map(inWords) },
  );
}

/** Search results alone are the question itself, of which `fit` takes none. */
function saysMore({ searchResult, cachePoint }: ContentBlock): boolean {
  return searchResult === undefined && cachePoint === undefined;
}

function inWords(block: ContentBlock): ContentBlock {
  const { content: parts } = membersOf(block.toolResult);
  if (Array.isArray(parts)) {
    const content = parts.map((part) => inWords(membersOf(part)));
    return { toolResult: { ...membersOf(block.toolResult), content } };
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
