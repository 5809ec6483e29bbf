/** The parts that a prompt is made of, as `fit` takes them. */
import type { ChatMessage, ContentBlock, ToolConfig } from "./converse.ts";

/** Something short to know: a preference of the actor, or a memory record. */
export interface Note {
  readonly id: string;
  readonly text: string;
  /** Never left out: when it does not fit, the call is refused. */
  readonly pinned?: boolean | undefined;
}

/** A retrieved document, or a passage of one, that the answer may cite by its id. */
export interface SourceDocument {
  readonly id: string;
  readonly title?: string | undefined;
  readonly text: string;
  /** Higher is better. Documents without scores are in order, best first. */
  readonly score?: number | undefined;
  /** Never left out and never cut: when it does not fit, the call is refused. */
  readonly pinned?: boolean | undefined;
}

/** What was said up to and including one turn, in fewer words; made by `summarise`. */
export interface Summary {
  readonly text: string;
  /** The last turn that it was shown. */
  readonly throughTurnId: string;
}

/** Types of your own, such as those of the AWS SDK, for messages, system prompt and tools come out of `fit` again. */
export interface FitInput<
  M extends ChatMessage = ChatMessage,
  S extends ContentBlock = ContentBlock,
  T extends ToolConfig = ToolConfig,
> {
  readonly system?: readonly S[] | undefined;
  readonly toolConfig?: T | undefined;
  /** Most important first. They change rarely, so they stand behind the system prompt. */
  readonly preferences?: readonly Note[] | undefined;
  /** Memory records for this question, best first. They stand before the question, where they break no cache. */
  readonly memories?: readonly Note[] | undefined;
  readonly documents?: readonly SourceDocument[] | undefined;
  /** The chat, oldest first. Without `question` its last exchange is the open one, tool calls included. */
  readonly history: M[];
  /** How many turns were said before `history`, which are not in it; `recall` may find them. By default none. */
  readonly earlierTurns?: number | undefined;
  /** The turn to answer, if it is not the last of `history`. */
  readonly question?: M | undefined;
  /** The ids of history's messages, one for each, so that a summary can be told from what it covers. */
  readonly turnIds?: readonly string[] | undefined;
  readonly summary?: Summary | undefined;
}
