/** The documents that an open question brings along: which of its blocks they are, and how one is written with less text. */
import { blocksOf, type ChatMessage, type ContentBlock, elementsOf, membersOf } from "./converse.ts";
import { quoted } from "./quoted-text.ts";

/** How search results are sent: as the blocks that they came in, or as text, for models that take no such blocks. */
export type DocumentForm = "blocks" | "text";

export interface QuestionDocument {
  /** Its place among all that the question brings, from 0; reports name it by this. */
  readonly number: number;
  /** Where it stands: the message's place in the chat, the block's in the message, and the part's in the result of a tool. */
  readonly messagePlace: number;
  readonly blockPlace: number;
  readonly partPlace: number | undefined;
  /** The block that it came in. */
  readonly original: ContentBlock;
  /** What tells its source from others; passages of one source stand near each other in a search. */
  readonly source: string;
  /** Its text in the pieces that citations count. */
  readonly pieces: readonly string[];
  /** The block to send, with so much of the pieces; as many of them, or the first of them. */
  readonly written: (pieces: readonly string[]) => ContentBlock;
}

type Block = Readonly<Record<string, unknown>>;

/**
 * The documents of an open exchange, in the order in which they stand: those in its plain user messages, from place `from` to
 * before `to`, and those in the newest results of tools. A message that has nothing else is the question itself, and so has none.
 */
export function questionDocuments(
  messages: readonly ChatMessage[],
  { from, to }: { readonly from: number; readonly to: number },
  form: DocumentForm,
): readonly QuestionDocument[] {
  const asked = messages.slice(from, to).flatMap((message, index) => {
    const blocks = membersOf(message).role === "user" ? blocksOf(message) : [];
    const read = readDocuments(blocks, form).map((document) => ({
      ...document,
      messagePlace: from + index,
      blockPlace: document.place,
      partPlace: undefined,
    }));
    const others = blocks.filter(({ cachePoint }) => cachePoint === undefined).length - read.length;
    return others > 0 ? read : [];
  });
  const last = messages.length - 1;
  const newest = last < to ? undefined : messages[last];
  const answered = (newest ? blocksOf(newest) : []).flatMap((block, blockPlace) =>
    readDocuments(elementsOf(membersOf(block.toolResult).content).map(membersOf), form).map((document) => ({
      ...document,
      messagePlace: last,
      blockPlace,
      partPlace: document.place,
    })),
  );
  return [...asked, ...answered].map((document, number) => ({ ...document, number }));
}

type ReadDocument = Pick<QuestionDocument, "source" | "pieces" | "written">;

function readDocuments(blocks: readonly Block[], form: DocumentForm) {
  return blocks.flatMap((block, place) => {
    const document = readDocument(block, form);
    return document ? [{ ...document, original: block as ContentBlock, place }] : [];
  });
}

function readDocument(block: Block, form: DocumentForm): ReadDocument | undefined {
  const found = membersOf(block.searchResult);
  const ofResult = textsOf(found.content);
  if (ofResult) {
    return readSearchResult(found, ofResult, form);
  }
  const document = membersOf(block.document);
  const ofDocument = textsOf(membersOf(document.source).content);
  return ofDocument && readChunks(document, ofDocument);
}

/** A document that comes in pieces was retrieved piece by piece; any other is one that the user attaches. */
function readChunks(document: Block, pieces: readonly string[]): ReadDocument {
  return {
    source: textOr(document.name) ?? "",
    pieces,
    written: (texts) => ({
      document: { ...document, source: { content: texts.map((text) => ({ text })) } },
    }),
  };
}

function readSearchResult(found: Block, pieces: readonly string[], form: DocumentForm): ReadDocument {
  const [source, title] = [textOr(found.source), textOr(found.title)];
  return {
    source: source ?? title ?? "",
    pieces,
    written:
      form === "blocks"
        ? (texts) => ({ searchResult: { ...found, content: texts.map((text) => ({ text })) } })
        : (texts) => ({ text: quoted("document", { id: source, title }, texts.join("\n")) }),
  };
}

/** Undefined unless all of them are texts: what else there is must not be lost. */
function textsOf(content: unknown): readonly string[] | undefined {
  const elements = elementsOf(content).map(membersOf);
  const texts = elements.flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  return texts.length > 0 && texts.length === elements.length ? texts : undefined;
}

function textOr(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
