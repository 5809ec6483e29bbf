/** What `fit` tells of its work: where the window went, and what was left out and why. */
import type { PackedQuestion } from "./pack-question-documents.ts";

/** The parts that share what system prompt, tools and open question leave; those of `shares` in `FitOptions`. */
export type SharedPart = "preferences" | "summary" | "memories" | "documents" | "history";

/** A thing that was not sent as it came in. */
export interface Change {
  readonly part: SharedPart;
  /**
   * `dropped`: not sent. `cut`: the middle left out. `cleared`: a tool result replaced by a placeholder.
   * `summarised`: not sent, but the summary was shown it. `recalled`: sent again, quoted before the question.
   */
  readonly action: "dropped" | "cut" | "cleared" | "summarised" | "recalled";
  readonly reason:
    | "over_share"
    | "older_than_window"
    | "longer_than_window"
    | "old_tool_result"
    | "duplicate"
    | "history_fits"
    | "turn_unknown"
    | "relevant";
  /** Ids of notes, documents or turns; of turns without ids, their places in the history; of the question's documents their numbers. */
  readonly ids: readonly string[];
  /** What they take, by the counter that was used; for cuts, what was taken off. */
  readonly tokens: number;
}

export interface FitReport {
  readonly tokens: {
    readonly system: number;
    readonly tools: number;
    readonly preferences: number;
    readonly summary: number;
    readonly memories: number;
    /** Older turns that are quoted before the question. */
    readonly recalled: number;
    readonly documents: number;
    /** History and question, without what is quoted before the question. */
    readonly messages: number;
    readonly reservedOutput: number;
  };
  /** Everything that is sent. */
  readonly promptTokens: number;
  readonly droppedMessages: number;
  /** Turns that were said before the history that was fitted, at most: not sent, unless they are recalled. */
  readonly earlierTurns: number;
  /** Older turns, or messages where a chat has no turns, that recall did not look through, for want of time or memory. */
  readonly unsearchedTurns: number;
  /** What the chat has more than what is sent of it, by whole messages and by cuts within one. */
  readonly droppedTokens: number;
  /** Messages that are sent with a part left out, which a marker tells the model. */
  readonly cutMessages: number;
  /** Cache points that were set; the caller's own are not counted. */
  readonly cachePoints: number;
  /** What became of each document that the question brings; undefined where it brings none, or they are not taken for documents. */
  readonly questionDocuments: DocumentFates | undefined;
  readonly changes: readonly Change[];
}

/** By the numbers of the documents, counted from 0 in the order in which they stand. Each is in one list. */
export type DocumentFates = Pick<PackedQuestion, "kept" | "cut" | "duplicates" | "dropped">;

export function fatesOf({ kept, cut, duplicates, dropped }: DocumentFates): DocumentFates {
  return { kept, cut, duplicates, dropped };
}
