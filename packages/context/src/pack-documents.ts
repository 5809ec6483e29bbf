/** Packs retrieved documents into a budget, passage by passage, so that each can still be cited by its id and title. */
import type { SourceDocument } from "./fit-input.ts";
import { longestFitting } from "./longest-fitting.ts";
import { quoted } from "./quoted-text.ts";
import { splitPassages } from "./split-passages.ts";
import type { TokenCounter } from "./token-counter.ts";

/** Orders passages by how well they answer: returns places, best first. Those it leaves out are not packed. */
export type RankPassages = (
  passages: readonly { readonly documentId: string; readonly text: string }[],
) => readonly number[];

export interface PackedDocuments {
  /** The block to send; undefined when nothing was packed. */
  readonly text: string | undefined;
  /** What it takes; at most the budget. */
  readonly tokens: number;
  readonly duplicates: readonly string[];
  readonly dropped: readonly string[];
  /** Ids of documents of which only some passages are sent. */
  readonly cut: readonly string[];
  /** What was left out of those that were dropped, and of those that were cut. */
  readonly droppedTokens: number;
  readonly cutTokens: number;
}

interface Passage {
  readonly source: SourceDocument;
  readonly documentId: string;
  readonly text: string;
  readonly pinned: boolean;
}

interface Source {
  readonly document: SourceDocument;
  readonly passages: readonly Passage[];
}

/** Long enough to make sense alone, short enough to leave out what does not matter. */
const passageTokens = 300;

export interface DocumentPacker {
  /** What all of them take. */
  readonly demandTokens: number;
  /** What the pinned ones take. */
  readonly pinnedTokens: number;
  pack(budgetTokens: number): PackedDocuments;
}

/**
 * Reads documents once. `pack` fills by rank (pinned first, then `rank`, then score, then order) and stops at the first
 * passage that does not fit, so that a larger budget keeps all that a smaller one keeps. The best document is put
 * first and the second best last, since models read the middle least. A text that was there already is left out.
 */
export function documentPacker(
  documents: readonly SourceDocument[],
  counter: TokenCounter,
  rank?: RankPassages,
): DocumentPacker {
  const { unique, duplicates } = withoutDuplicates(byScore(documents));
  const sources: readonly Source[] = unique.map((document) => ({
    document,
    passages: passagesOf(document, counter),
  }));
  const ranked = rankedPassages(sources, rank);
  const measure = (passages: readonly Passage[]): number => {
    const text = written(sources, passages);
    return text === undefined ? 0 : counter.text(text);
  };
  const pinned = ranked.filter((passage) => passage.pinned);

  return {
    demandTokens: measure(ranked),
    pinnedTokens: measure(pinned),
    pack(budgetTokens) {
      const fitting = longestFitting(
        ranked.length,
        (count) => measure(ranked.slice(0, count)) <= budgetTokens,
      );
      const kept = new Set(ranked.slice(0, fitting));
      const isKept = (passage: Passage): boolean => kept.has(passage);
      const missing = ({ passages }: Source) => passages.filter((passage) => !isKept(passage));
      const dropped = sources.filter(({ passages }) => !passages.some(isKept));
      const cut = sources.filter(({ passages }) => passages.some(isKept) && !passages.every(isKept));
      const tokensOf = (some: readonly Source[]) =>
        some.flatMap(missing).reduce((sum, { text }) => sum + counter.text(text), 0);
      return {
        text: written(sources, [...kept]),
        tokens: measure([...kept]),
        duplicates,
        dropped: idsOf(dropped),
        cut: idsOf(cut),
        droppedTokens: tokensOf(dropped),
        cutTokens: tokensOf(cut),
      };
    },
  };
}

function idsOf(sources: readonly Source[]): readonly string[] {
  return sources.map(({ document }) => document.id);
}

function byScore(documents: readonly SourceDocument[]): readonly SourceDocument[] {
  const scoreOf = ({ score }: SourceDocument) => score || 0;
  return [...documents].sort(
    (a, b) => Number(b.pinned ?? false) - Number(a.pinned ?? false) || scoreOf(b) - scoreOf(a),
  );
}

function withoutDuplicates(documents: readonly SourceDocument[]) {
  const seen = new Set<string>();
  const duplicates: string[] = [];
  const unique = documents.filter((document) => {
    const content = document.text.replace(/\s+/gu, " ").trim().toLowerCase();
    const isNew = !seen.has(content);
    if (!isNew) {
      duplicates.push(document.id);
    }
    seen.add(content);
    return isNew;
  });
  return { unique, duplicates };
}

function passagesOf(source: SourceDocument, counter: TokenCounter): readonly Passage[] {
  return splitPassages(source.text, passageTokens, counter).map((text) => ({
    source,
    documentId: source.id,
    text,
    pinned: source.pinned ?? false,
  }));
}

function rankedPassages(sources: readonly Source[], rank: RankPassages | undefined): readonly Passage[] {
  const all = sources.flatMap(({ passages }) => passages);
  const pinned = all.filter((passage) => passage.pinned);
  const others = all.filter((passage) => !passage.pinned);
  const ranked = rank ? [...new Set(rank(others))].flatMap((place) => others[place] ?? []) : others;
  return [...pinned, ...ranked];
}

/** Left-out passages are marked, so that a model does not read on across a gap. */
const gap = "\n[…]\n";

function written(sources: readonly Source[], kept: readonly Passage[]): string | undefined {
  if (kept.length === 0) {
    return undefined;
  }
  const order = [...new Set(kept.map(({ source }) => source))];
  const sourceOf = new Map(sources.map((source) => [source.document, source]));
  const keptSet = new Set(kept);
  const blocks = bestAtTheEnds(order).flatMap((document) => {
    const source = sourceOf.get(document);
    return source ? [documentText(source, keptSet)] : [];
  });
  return `<documents>\n${blocks.join("\n")}\n</documents>\n`;
}

function documentText({ document, passages }: Source, kept: ReadonlySet<Passage>): string {
  let text = "";
  for (const passage of passages) {
    if (kept.has(passage)) {
      text += passage.text;
    } else if (!text.endsWith(gap)) {
      text += gap;
    }
  }
  return quoted("document", { id: document.id, title: document.title }, text.trim());
}

/** Best first, second best last, the others between them in order. */
function bestAtTheEnds<T>(ranked: readonly T[]): readonly T[] {
  const [best, second, ...others] = ranked;
  return [best, ...others, second].flatMap((item) => (item === undefined ? [] : [item]));
}
