/** Packs the documents of a question into a budget: each stays where it stands, the least relevant passages are left out first. */
import type { ContentBlock } from "./converse.ts";
import { longestFitting } from "./longest-fitting.ts";
import type { RankPassages } from "./pack-documents.ts";
import type { DocumentForm, QuestionDocument } from "./question-documents.ts";
import { splitPassages } from "./split-passages.ts";
import type { TokenCounter } from "./token-counter.ts";

export interface PackedQuestion {
  /** What is sent of each document, by its number; undefined where nothing is. */
  readonly blocks: readonly (ContentBlock | undefined)[];
  /** The search results and documents that are sent cut, each with the one that it was made of. */
  readonly cutFrom: ReadonlyMap<unknown, unknown>;
  /** The search results and documents of which nothing is sent. */
  readonly leftOut: ReadonlySet<unknown>;
  /** What these take; at most the budget. */
  readonly tokens: number;
  /** Numbers of documents: those sent whole, those of which only some passages are sent, and those left out. */
  readonly kept: readonly number[];
  readonly cut: readonly number[];
  readonly duplicates: readonly number[];
  readonly dropped: readonly number[];
  /** What was left out of those that were dropped, and of those that were cut. */
  readonly droppedTokens: number;
  readonly cutTokens: number;
}

export interface QuestionPacker {
  /** What all of them take. */
  readonly demandTokens: number;
  pack(budgetTokens: number): PackedQuestion;
}

interface Passage {
  readonly document: QuestionDocument;
  readonly text: string;
}

/** As long as those of `documentPacker`. */
const passageTokens = 300;
/** Left-out passages are marked, so that a model does not read on across a gap. */
const gap = "\n[…]\n";
/** A piece that is left out keeps its place, since citations count pieces. */
const leftOut = "[…]";

/**
 * Where all fit they are sent as they came. Otherwise a text that was there already is left out, and passages of about 300 tokens are
 * kept by `rank`, then in their order, up to the first that does not fit: a larger budget keeps all that a smaller one keeps.
 */
export function questionPacker(
  documents: readonly QuestionDocument[],
  form: DocumentForm,
  counter: TokenCounter,
  rank: RankPassages,
): QuestionPacker {
  const costOf = blockCost(counter);
  const whole = documents.map(({ original, pieces, written }) =>
    form === "blocks" || original.searchResult === undefined ? original : written(pieces),
  );
  const demandTokens = whole.reduce((sum, block) => sum + costOf(block), 0);
  return {
    demandTokens,
    pack(budgetTokens) {
      const numbers = documents.map(({ number }) => number);
      return demandTokens <= budgetTokens
        ? {
            blocks: whole,
            cutFrom: new Map(),
            leftOut: new Set(),
            tokens: demandTokens,
            kept: numbers,
            cut: [],
            duplicates: [],
            dropped: [],
            droppedTokens: 0,
            cutTokens: 0,
          }
        : packByRank(documents, whole, budgetTokens, { counter, rank, costOf });
    },
  };
}

function packByRank(
  documents: readonly QuestionDocument[],
  whole: readonly ContentBlock[],
  budgetTokens: number,
  {
    counter,
    rank,
    costOf,
  }: {
    readonly counter: TokenCounter;
    readonly rank: RankPassages;
    readonly costOf: (block: ContentBlock) => number;
  },
): PackedQuestion {
  const { unique, duplicates } = withoutDuplicates(documents);
  const passages = unique.map((document) => passagesOf(document, counter));
  const all = passages.flat(2);
  const places = rank(all.map(({ document, text }) => ({ documentId: document.source, text })));
  const ranked = [...new Set(places)].flatMap((place) => all[place] ?? []);
  const written = (kept: ReadonlySet<Passage>) =>
    unique.flatMap((document, index) => {
      const block = blockOf(document, passages[index] ?? [], kept, whole[document.number]);
      return block ? [{ document, block }] : [];
    });
  const measure = (kept: ReadonlySet<Passage>): number =>
    written(kept).reduce((sum, { block }) => sum + costOf(block), 0);
  const count = longestFitting(
    ranked.length,
    (length) => measure(new Set(ranked.slice(0, length))) <= budgetTokens,
  );
  const kept = new Set(ranked.slice(0, count));
  const blocks: (ContentBlock | undefined)[] = documents.map(() => undefined);
  for (const { document, block } of written(kept)) {
    blocks[document.number] = block;
  }
  const sent = unique.filter(({ number }) => blocks[number]);
  const isWhole = ({ number }: QuestionDocument) => blocks[number] === whole[number];
  const dropped = unique.filter(({ number }) => !blocks[number]);
  const cut = sent.filter((document) => !isWhole(document));
  const missingTokens = (some: readonly QuestionDocument[]): number => {
    const documentsOfPart = new Set(some);
    return all
      .filter((passage) => documentsOfPart.has(passage.document) && !kept.has(passage))
      .reduce((sum, { text }) => sum + counter.text(text), 0);
  };
  return {
    blocks,
    cutFrom: new Map(cut.map(({ number, original }) => [innerOf(blocks[number]), innerOf(original)])),
    leftOut: new Set([...duplicates, ...dropped].map(({ original }) => innerOf(original))),
    tokens: measure(kept),
    kept: numbersOf(sent.filter(isWhole)),
    cut: numbersOf(cut),
    duplicates: numbersOf(duplicates),
    dropped: numbersOf(dropped),
    droppedTokens: missingTokens(dropped),
    cutTokens: missingTokens(cut),
  };
}

function innerOf(block: ContentBlock | undefined): unknown {
  return block?.searchResult ?? block?.document;
}

function numbersOf(documents: readonly QuestionDocument[]): readonly number[] {
  return documents.map(({ number }) => number);
}

/** The same text of another source is no duplicate: a citation would name the wrong one. */
function withoutDuplicates(documents: readonly QuestionDocument[]) {
  const seen = new Set<string>();
  const duplicates: QuestionDocument[] = [];
  const unique = documents.filter((document) => {
    const content = JSON.stringify([
      document.source,
      document.pieces.join("\n").replace(/\s+/gu, " ").trim(),
    ]);
    const isNew = !seen.has(content);
    if (!isNew) {
      duplicates.push(document);
    }
    seen.add(content);
    return isNew;
  });
  return { unique, duplicates };
}

/** Those of each piece by themselves. */
type PassagesByPiece = readonly (readonly Passage[])[];

function passagesOf(document: QuestionDocument, counter: TokenCounter): PassagesByPiece {
  return document.pieces.map((piece) =>
    splitPassages(piece, passageTokens, counter).map((text) => ({ document, text })),
  );
}

/** Undefined where no passage is kept; the whole block where all are. */
function blockOf(
  document: QuestionDocument,
  passages: PassagesByPiece,
  kept: ReadonlySet<Passage>,
  whole: ContentBlock | undefined,
): ContentBlock | undefined {
  const isKept = (passage: Passage): boolean => kept.has(passage);
  const lastPiece = passages.findLastIndex((ofPiece) => ofPiece.some(isKept));
  if (lastPiece === -1) {
    return undefined;
  }
  if (passages.every((ofPiece) => ofPiece.every(isKept))) {
    return whole;
  }
  return document.written(passages.slice(0, lastPiece + 1).map((ofPiece) => pieceText(ofPiece, isKept)));
}

function pieceText(passages: readonly Passage[], isKept: (passage: Passage) => boolean): string {
  if (!passages.some(isKept)) {
    return leftOut;
  }
  let text = "";
  for (const passage of passages) {
    if (isKept(passage)) {
      text += passage.text;
    } else if (!text.endsWith(gap)) {
      text += gap;
    }
  }
  // Bedrock refuses a blank text, also where a passage is blank.
  return text.trim() || leftOut;
}

/** What a block adds to its message. */
function blockCost(counter: TokenCounter): (block: ContentBlock) => number {
  const framing = counter.message({ role: "user", content: [] });
  const known = new WeakMap<ContentBlock, number>();
  return (block) => {
    const tokens = known.get(block) ?? counter.message({ role: "user", content: [block] }) - framing;
    known.set(block, tokens);
    return tokens;
  };
}
