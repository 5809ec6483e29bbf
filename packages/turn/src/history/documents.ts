/** Keeps the documents of a session within what Bedrock takes in one request. */
import type { Model } from "@caprock/domain";
import type { TurnMessage } from "@caprock/memory";
import { type ContentBlock, membersOf } from "./content-block.ts";

/** "You can't include more than 5 documents in a request." (Bedrock's refusal; API reference, Message, has the number.) */
const mostDocuments = 5;
/** API reference, DocumentBlock. */
const longestName = 200;

interface Message {
  readonly role: string;
  readonly content: readonly ContentBlock[];
}

export interface Documented<Own extends Message> {
  readonly history: readonly TurnMessage[];
  readonly own: readonly Own[];
}

/**
 * Bedrock refuses a request with more than five documents, and one with two of a name; a session would end with its sixth. So
 * the newest of the history stay beside the request's own, older ones become words, and of one name the first keeps it: what
 * was sent once stays as it was for the prompt cache. Claude refuses a request in which some documents are to be cited and
 * others are not (Anthropic: "Citations"), so the history's follow the newest, and no other model is asked to cite them. Whatever is
 * wrong among the request's own documents stays wrong.
 */
export function withinDocumentLimits<Own extends Message>(
  history: readonly TurnMessage[],
  own: readonly Own[],
  { vendor }: Pick<Model, "vendor">,
): Documented<Own> {
  const earlier = documentsOf(history);
  if (earlier.length === 0) {
    return { history, own };
  }
  const asked = documentsOf(own);
  const isCited = vendor === "anthropic" && isToBeCited(asked.at(-1) ?? earlier.at(-1));
  let surplus = earlier.length - Math.max(0, mostDocuments - asked.length);
  const taken = new Set<string>();
  const kept = history.map((message) =>
    mapDocuments(message, (document) => {
      surplus -= 1;
      if (surplus >= 0) {
        return { text: `[The document "${document.name}", which is no longer sent.]` };
      }
      const renamed = withCitations(withName(document, taken), isCited);
      taken.add(keyOf(renamed.name));
      return { document: renamed };
    }),
  );
  const used = new Set([...taken, ...asked.map(({ name }) => keyOf(name))]);
  const renamed = (document: SentDocument) => ({ document: withName(document, taken, used) });
  return { history: kept, own: own.map((message) => mapDocuments(message, renamed)) };
}

type SentDocument = Readonly<Record<string, unknown>>;

function documentsOf(messages: readonly Message[]): readonly SentDocument[] {
  return messages
    .flatMap(({ content }) => content.flatMap((block) => [block, ...(partsOf(block) ?? [])]))
    .flatMap((block) => {
      const { document } = membersOf(block);
      return document === undefined ? [] : [membersOf(document)];
    });
}

function isToBeCited(document: SentDocument | undefined): boolean {
  return membersOf(document?.citations).enabled === true;
}

function withCitations(document: SentDocument, isCited: boolean): SentDocument {
  if (isToBeCited(document) === isCited) {
    return document;
  }
  const { citations: _, ...rest } = document;
  return isCited ? { ...rest, citations: { enabled: true } } : rest;
}

/** What a tool's result is made of; undefined where the block is none. */
function partsOf(block: unknown): readonly unknown[] | undefined {
  const { content } = membersOf(membersOf(block).toolResult);
  return Array.isArray(content) ? content : undefined;
}

/** The message with each of its documents replaced, those in the results of tools too. */
function mapDocuments<One extends Message>(
  message: One,
  replace: (document: SentDocument) => ContentBlock,
): One {
  const map = (block: ContentBlock): ContentBlock => {
    const parts = partsOf(block);
    if (parts) {
      const content = parts.map((part) => map(membersOf(part)));
      const isAsItWas = content.every((part, at) => part === parts[at]);
      return isAsItWas ? block : { toolResult: { ...membersOf(block.toolResult), content } };
    }
    const replaced = block.document === undefined ? block : replace(membersOf(block.document));
    return replaced.document === block.document ? block : replaced;
  };
  const content = message.content.map(map);
  return content.every((block, at) => block === message.content[at]) ? message : { ...message, content };
}

/** Under another name, which is none of those `used`, where its own is taken. */
function withName(document: SentDocument, taken: ReadonlySet<string>, used = taken): SentDocument {
  const { name } = document;
  if (!taken.has(keyOf(name))) {
    return document;
  }
  for (let number = 2; ; number++) {
    const ending = ` (${number})`;
    const other = `${String(name).slice(0, longestName - ending.length)}${ending}`;
    if (!used.has(keyOf(other))) {
      return { ...document, name: other };
    }
  }
}

function keyOf(name: unknown): string {
  return String(name).toLowerCase();
}
