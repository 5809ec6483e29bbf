/** Makes an answer's citations count the documents of the request as its caller sent them, whatever of it was left out or put in front. */
import type { ConverseFrame, JsonObject } from "@caprock/inference";
import type { ConverseBody } from "./converse-body.ts";

type Messages = ConverseBody["messages"];

/** By the kind of block: which member of a citation's location counts it. (API reference, CitationLocation.) */
const kinds = {
  searchResult: { indexName: "searchResultIndex", locations: ["searchResultLocation"] },
  document: { indexName: "documentIndex", locations: ["documentChar", "documentPage", "documentChunk"] },
} as const;
type Kind = keyof typeof kinds;
const kindNames: readonly Kind[] = ["searchResult", "document"];

/** For each that was sent its place in the caller's request; undefined for one that is not in it. */
type Places = Readonly<Record<Kind, readonly (number | undefined)[]>>;

export class CallerCitations {
  readonly #asked: Messages;
  readonly #sent: Messages;
  readonly #cutFrom: ReadonlyMap<unknown, unknown>;
  #places: Places | undefined;

  /** `cutFrom` has the caller's own of each search result and document that was cut. */
  constructor(asked: Messages, sent: Messages, cutFrom: ReadonlyMap<unknown, unknown>) {
    this.#asked = asked;
    this.#sent = sent;
    this.#cutFrom = cutFrom;
  }

  /** The answer with its citations counted as its caller counts; the very answer where both count alike. */
  shown(answer: JsonObject): JsonObject {
    const output = membersOf(answer.output);
    const message = membersOf(output.message);
    const blocks: readonly unknown[] = Array.isArray(message.content) ? message.content : [];
    const content = blocks.map((block) => this.#shownBlock(block));
    return content.every((block, index) => block === blocks[index])
      ? answer
      : { ...answer, output: { ...output, message: { ...message, content } } };
  }

  /** Frames in which nothing is counted otherwise are passed on as they came. */
  shownFrames(frames: readonly ConverseFrame[]): readonly ConverseFrame[] {
    return frames.map((frame) => {
      const delta = membersOf(frame.event.delta);
      const citation = this.#counted(delta.citation);
      return citation === delta.citation
        ? frame
        : { type: frame.type, event: { ...frame.event, delta: { ...delta, citation } } };
    });
  }

  #shownBlock(block: unknown): unknown {
    const cited = membersOf(membersOf(block).citationsContent);
    const given: readonly unknown[] = Array.isArray(cited.citations) ? cited.citations : [];
    const citations = given.map((one) => this.#counted(one));
    return citations.every((one, index) => one === given[index])
      ? block
      : { ...membersOf(block), citationsContent: { ...cited, citations } };
  }

  /** One of a document that the caller did not send says what it cites, and not where that is. */
  #counted(citation: unknown): unknown {
    const { location, ...rest } = membersOf(citation);
    for (const kind of kindNames) {
      const { indexName, locations } = kinds[kind];
      const name = locations.find((one) => membersOf(location)[one] !== undefined);
      if (name !== undefined) {
        const span = membersOf(membersOf(location)[name]);
        const index = Number(span[indexName] ?? 0);
        const place = this.#placesOf(kind)[index];
        if (place === index) {
          return citation;
        }
        return place === undefined
          ? rest
          : { ...rest, location: { [name]: { ...span, [indexName]: place } } };
      }
    }
    return citation;
  }

  /** Read only once something is cited. */
  #placesOf(kind: Kind): Places[Kind] {
    this.#places ??= { searchResult: this.#compared("searchResult"), document: this.#compared("document") };
    return this.#places[kind];
  }

  #compared(kind: Kind): Places[Kind] {
    const original = new Map(citable(this.#asked, kind).map((one, place) => [one, place]));
    return citable(this.#sent, kind).map((one) => original.get(this.#cutFrom.get(one) ?? one));
  }
}

/** In the order in which they are counted: as they stand in messages and in results of tools. */
function citable(messages: Messages, kind: Kind): readonly unknown[] {
  return messages
    .flatMap(({ content }) => content)
    .flatMap((block) => {
      const { content: inner } = membersOf(block.toolResult);
      return [block, ...(Array.isArray(inner) ? inner : [])];
    })
    .flatMap((block) => membersOf(block)[kind] ?? []);
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
