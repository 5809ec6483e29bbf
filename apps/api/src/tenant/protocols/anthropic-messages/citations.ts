/** Maps citations between Anthropic's wire and Converse. */
import { z } from "zod";
import { refusedMember } from "../openai/refused-member.ts";
import type { Block } from "./translation.ts";

const index = z.int().min(0);
const cited = { cited_text: z.string(), document_index: index, document_title: z.string().nullish() };

/** A citation of an earlier answer, as it comes back in the history. */
export const citation = z.discriminatedUnion("type", [
  z.object({ type: z.literal("char_location"), ...cited, start_char_index: index, end_char_index: index }),
  z.object({ type: z.literal("page_location"), ...cited, start_page_number: index, end_page_number: index }),
  z.object({
    type: z.literal("content_block_location"),
    ...cited,
    start_block_index: index,
    end_block_index: index,
  }),
  z.object({
    type: z.literal("search_result_location"),
    cited_text: z.string(),
    search_result_index: index,
    source: z.string(),
    title: z.string().nullish(),
    start_block_index: index,
    end_block_index: index,
  }),
  refusedMember("type", "web_search_result_location", "Tools that Anthropic runs are not served"),
]);
export type CitationParam = z.output<typeof citation>;

/** Converse's Citation of one that the caller sent. */
export function toConverseCitation(given: CitationParam): Block {
  const title = given.type === "search_result_location" ? given.title : given.document_title;
  return {
    ...(typeof title === "string" && { title }),
    ...(given.type === "search_result_location" && { source: given.source }),
    sourceContent: [{ text: given.cited_text }],
    location: toLocation(given),
  };
}

function toLocation(given: CitationParam): Block {
  switch (given.type) {
    case "char_location":
      return documentLocation("documentChar", given, given.start_char_index, given.end_char_index);
    case "page_location":
      return documentLocation("documentPage", given, given.start_page_number, given.end_page_number);
    case "content_block_location":
      return documentLocation("documentChunk", given, given.start_block_index, given.end_block_index);
    case "search_result_location":
      return {
        searchResultLocation: {
          searchResultIndex: given.search_result_index,
          start: given.start_block_index,
          end: given.end_block_index,
        },
      };
  }
}

function documentLocation(
  kind: string,
  { document_index: documentIndex }: { readonly document_index: number },
  start: number,
  end: number,
): Block {
  return { [kind]: { documentIndex, start, end } };
}

interface Span {
  readonly documentIndex?: number;
  readonly searchResultIndex?: number;
  readonly start?: number;
  readonly end?: number;
}

/** A citation as Bedrock's answers have it. */
export interface ConverseCitation {
  readonly title?: string;
  readonly source?: string;
  readonly sourceContent?: readonly { readonly text?: string }[];
  readonly location?: Readonly<Record<string, Span | undefined>>;
}

/** Members that name the ends of a span, by Converse's kind of location. */
const spans = {
  documentChar: ["char_location", "start_char_index", "end_char_index"],
  documentPage: ["page_location", "start_page_number", "end_page_number"],
  documentChunk: ["content_block_location", "start_block_index", "end_block_index"],
} as const;

/** Anthropic's citation, with the document's title as the caller wrote it; undefined for a kind that this wire lacks. */
export function toCitation(
  { title, source, sourceContent = [], location = {} }: ConverseCitation,
  documentTitles: readonly (string | null)[],
): Block | undefined {
  const cited_text = sourceContent.map(({ text = "" }) => text).join("");
  const found = location.searchResultLocation;
  if (found) {
    return {
      type: "search_result_location",
      cited_text,
      search_result_index: found.searchResultIndex ?? 0,
      source: source ?? "",
      title: title ?? null,
      start_block_index: found.start ?? 0,
      end_block_index: found.end ?? 0,
    };
  }
  for (const [kind, [type, startName, endName]] of Object.entries(spans)) {
    const span = location[kind];
    if (span) {
      const document_index = span.documentIndex ?? 0;
      return {
        type,
        cited_text,
        document_index,
        document_title: documentTitles[document_index] ?? title ?? null,
        file_id: null,
        [startName]: span.start ?? 0,
        [endName]: span.end ?? 0,
      };
    }
  }
  return undefined;
}
