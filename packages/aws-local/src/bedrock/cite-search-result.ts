/** How the simulated model reads search results: by the words that the question shares with them, which is no model of reading. */
import { z } from "zod";
import type { ConverseRequest } from "./converse-request.ts";

const searchResult = z.looseObject({
  source: z.string(),
  title: z.string(),
  content: z.array(z.object({ text: z.string() })),
  citations: z.object({ enabled: z.boolean() }).optional(),
});

/** A citation as Converse's answers have it. */
export interface Citation {
  readonly title: string;
  readonly source: string;
  readonly sourceContent: readonly { readonly text: string }[];
  readonly location: {
    readonly searchResultLocation: {
      readonly searchResultIndex: number;
      readonly start: number;
      readonly end: number;
    };
  };
}

export interface FoundPassage {
  readonly title: string;
  readonly text: string;
  /** Undefined where the request does not ask for citations. */
  readonly citation: Citation | undefined;
}

/** The piece of a search result that has most of the question's longer words, the first of equals; undefined when none has any. */
export function findPassage(request: ConverseRequest, question: string): FoundPassage | undefined {
  const words = new Set(question.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu));
  const results = request.messages
    .flatMap(({ content }) => content)
    .flatMap((block) => [block, ...(block.toolResult?.content ?? [])])
    .flatMap((block) => searchResult.safeParse("searchResult" in block && block.searchResult).data ?? []);
  const pieces = results.flatMap(({ source, title, content, citations }, searchResultIndex) =>
    content.map(({ text }, start) => ({
      title,
      text,
      shared: [...words].filter((word) => text.toLowerCase().includes(word)).length,
      citation: citations?.enabled
        ? {
            title,
            source,
            sourceContent: [{ text }],
            location: { searchResultLocation: { searchResultIndex, start, end: start + 1 } },
          }
        : undefined,
    })),
  );
  const most = Math.max(0, ...pieces.map(({ shared }) => shared));
  return most === 0 ? undefined : pieces.find(({ shared }) => shared === most);
}
