/** Packs what stands around the chat: preferences and summary behind the system prompt, memories and documents before the question. */
import type { ContentBlock } from "./converse.ts";
import type { FitInput } from "./fit-input.ts";
import type { Change, SharedPart } from "./fit-report.ts";
import { documentPacker, type RankPassages } from "./pack-documents.ts";
import { notePacker, type PackedNotes } from "./pack-notes.ts";
import type { PackedQuestion, QuestionPacker } from "./pack-question-documents.ts";
import { quoted } from "./quoted-text.ts";
import { coveredTurns } from "./summarise/covered-turns.ts";
import type { TokenCounter } from "./token-counter.ts";

type Part = "preferences" | "memories" | "documents";

export interface PackedExtras {
  /** Blocks to put behind the system prompt, and what they add to it. */
  readonly systemBlocks: readonly ContentBlock[];
  readonly systemTokens: number;
  /** Blocks to put before the question, and what they add to it, together with the documents that it brings. */
  readonly questionBlocks: readonly ContentBlock[];
  readonly questionTokens: number;
  readonly question: PackedQuestion;
  readonly tokens: Readonly<Record<Part | "summary", number>>;
  readonly changes: readonly Change[];
}

export interface Extras {
  /** What each part could use besides what is pinned. */
  readonly demands: readonly { readonly part: Part; readonly demandTokens: number }[];
  readonly pinnedTokens: number;
  /** What the summary takes; 0 when there is none that covers a turn of this history. */
  readonly summaryTokens: number;
  /** Budgets are those beyond what is pinned. */
  pack(
    budgets: Readonly<Record<Part, number>> & { readonly summary: "sent" | "over_share" | "history_fits" },
  ): PackedExtras;
}

/**
 * Reads the parts once. `brought` are the documents that the question brings; those of `input` are packed before them. `inSystem` is
 * false for models that take no system prompt: then all stands before the question.
 */
export function readExtras(
  input: FitInput,
  brought: QuestionPacker,
  {
    counter,
    inSystem,
    rank,
  }: {
    readonly counter: TokenCounter;
    readonly inSystem: boolean;
    readonly rank: RankPassages | undefined;
  },
): Extras {
  const preferences = notePacker(input.preferences ?? [], ["preferences", "preference"], counter);
  const memories = notePacker(input.memories ?? [], ["memories", "memory"], counter);
  const documents = documentPacker(input.documents ?? [], counter, rank);
  const { summary } = input;
  const summaryText =
    summary && coveredTurns(summary, input.turnIds) > 0
      ? `${quoted("summary", { of: "the conversation so far" }, summary.text)}\n`
      : undefined;
  const summaryTokens = summaryText === undefined ? 0 : counter.text(summaryText);
  // The first block behind no system prompt brings the prompt's framing with it.
  const framing = inSystem && counter.system(input.system) === 0 ? counter.system([{ text: "" }]) : 0;
  const framed = (tokens: number): number => (tokens === 0 ? 0 : tokens + framing);
  const listedTokens = documents.demandTokens - documents.pinnedTokens;

  return {
    demands: [
      {
        part: "preferences",
        demandTokens: framed(preferences.demandTokens) - framed(preferences.pinnedTokens),
      },
      { part: "memories", demandTokens: memories.demandTokens - memories.pinnedTokens },
      { part: "documents", demandTokens: listedTokens + brought.demandTokens },
    ],
    pinnedTokens: framed(preferences.pinnedTokens) + memories.pinnedTokens + documents.pinnedTokens,
    summaryTokens: framed(summaryTokens),
    pack(budgets) {
      const framedPinned = preferences.pinnedTokens === 0 ? framing : 0;
      const known = preferences.pack(
        preferences.pinnedTokens + Math.max(0, budgets.preferences - framedPinned),
      );
      const remembered = memories.pack(memories.pinnedTokens + budgets.memories);
      const listed = Math.min(listedTokens, budgets.documents);
      const sources = documents.pack(documents.pinnedTokens + listed);
      const question = brought.pack(budgets.documents - listed);
      const sentSummary = budgets.summary === "sent" ? summaryText : undefined;
      const steady = blocksOf(known.text, sentSummary);
      const fresh = blocksOf(remembered.text, sources.text);
      const steadyTokens = known.tokens + (sentSummary === undefined ? 0 : summaryTokens);
      const freshTokens = remembered.tokens + sources.tokens + question.tokens;
      return {
        systemBlocks: inSystem ? steady : [],
        systemTokens: inSystem ? framed(steadyTokens) : 0,
        questionBlocks: inSystem ? fresh : [...steady, ...fresh],
        questionTokens: inSystem ? freshTokens : steadyTokens + freshTokens,
        question,
        tokens: {
          preferences: known.tokens,
          summary: sentSummary === undefined ? 0 : summaryTokens,
          memories: remembered.tokens,
          documents: sources.tokens + question.tokens,
        },
        changes: [
          ...noteChanges("preferences", known, counter),
          ...noteChanges("memories", remembered, counter),
          ...change("documents", "dropped", "duplicate", sources.duplicates),
          ...change("documents", "dropped", "over_share", sources.dropped, sources.droppedTokens),
          ...change("documents", "cut", "over_share", sources.cut, sources.cutTokens),
          ...change("documents", "dropped", "duplicate", question.duplicates.map(String)),
          ...change(
            "documents",
            "dropped",
            "over_share",
            question.dropped.map(String),
            question.droppedTokens,
          ),
          ...change("documents", "cut", "over_share", question.cut.map(String), question.cutTokens),
          ...(summary && sentSummary === undefined
            ? change(
                "summary",
                "dropped",
                summaryText === undefined || budgets.summary === "sent" ? "turn_unknown" : budgets.summary,
                [summary.throughTurnId],
                summaryTokens,
              )
            : []),
        ],
      };
    },
  };
}

function blocksOf(...texts: readonly (string | undefined)[]): readonly ContentBlock[] {
  return texts.flatMap((text) => (text === undefined ? [] : [{ text }]));
}

function noteChanges(part: Part, packed: PackedNotes, counter: TokenCounter): readonly Change[] {
  const ids = (notes: PackedNotes["dropped"]) => notes.map(({ id }) => id);
  const tokens = (notes: PackedNotes["dropped"]) =>
    notes.reduce((sum, { text }) => sum + counter.text(text), 0);
  return [
    ...change(part, "dropped", "duplicate", ids(packed.duplicates), tokens(packed.duplicates)),
    ...change(part, "dropped", "over_share", ids(packed.dropped), tokens(packed.dropped)),
  ];
}

function change(
  part: SharedPart,
  action: Change["action"],
  reason: Change["reason"],
  ids: readonly string[],
  tokens = 0,
): readonly Change[] {
  return ids.length === 0 ? [] : [{ part, action, reason, ids, tokens }];
}
