/** The documents that an open question brings along: which of its blocks they are, and how one is written with less text. */
import { blocksOf, type ChatMessage, type ContentBlock, elementsOf, membersOf } from "./converse.ts";
import { quoted } from "./quoted-text.ts";

/** How documents are sent: as the blocks that they came in, or as text, for models that take no such blocks. */
export type DocumentForm = "blocks" | "text";

export interface QuestionDocument {
  /** Its place among all that the question brings, from 0; reports name it by this. */
  readonly number: number;
  /** Where it stands: the message's place in the chat, and the block's in the message. */
  readonly messagePlace: number;
  readonly blockPlace: number;
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
 * The documents of the plain user messages from place `from` to before `to`, in the order in which they stand. A message that
 * has nothing else is the question itself, and so has none.
 */
export function questionDocuments(
  messages: readonly ChatMessage[],
  { from, to }: { readonly from: number; readonly to: number },
  form: DocumentForm,
): readonly QuestionDocument[] {
  const found: Omit<QuestionDocument, "number">[] = [];
  for (let messagePlace = from; messagePlace < to; messagePlace++) {
    const message = messages[messagePlace];
    const blocks = message && membersOf(message).role === "user" ? blocksOf(message) : [];
    const read = blocks.map((block) => readDocument(block, form));
    if (!blocks.some((block, place) => !read[place] && block.cachePoint === undefined)) {
      continue;
    }
    read.forEach((document, blockPlace) => {
      if (document) {
        found.push({ ...document, original: blocks[blockPlace] ?? {}, messagePlace, blockPlace });
      }
    });
  }
  return found.map((document, number) => ({ ...document, number }));
}

type ReadDocument = Pick<QuestionDocument, "source" | "pieces" | "written">;

function readDocument(block: Block, form: DocumentForm): ReadDocument | undefined {
  const pieces = textsOf(membersOf(block.searchResult).content);
  return pieces && readSearchResult(membersOf(block.searchResult), pieces, form);
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
