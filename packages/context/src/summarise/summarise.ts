/** Carries a summary plan out through a port, chunk by chunk, keeping what was done when a chunk fails. */
import type { ChatMessage } from "../converse.ts";
import type { Summary } from "../fit-input.ts";
import type { SummaryPlan } from "./plan-summary.ts";

/** Asks a model for a summary. Tool definitions are no business of it: it reads, and does not act. */
export interface Summariser<M extends ChatMessage = ChatMessage> {
  /**
   * The summary of what `previous` says and of `messages`. Throws when it could not be made; it must not return an
   * error's text, or that would stand for the history.
   */
  summarise(input: {
    readonly previous: string | undefined;
    readonly messages: readonly M[];
  }): Promise<string>;
}

export interface SummaryResult {
  /** The newest good summary: what to store and to give to `fit`. Undefined while there is none. */
  readonly summary: Summary | undefined;
  /** Why the rest of the plan was not carried out; its turns stay in the history as they were. */
  readonly failure?: unknown;
}

/**
 * Each chunk is shown once, with the summary of all before it. When a chunk fails, or its summary is empty, the result is
 * the summary up to there; what it does not cover stays in the history. Never throws.
 */
export async function summarise<M extends ChatMessage>(
  plan: SummaryPlan<M>,
  summariser: Summariser<M>,
): Promise<SummaryResult> {
  let summary = plan.previous;
  try {
    for (const { messages, throughTurnId } of plan.chunks) {
      const text = (await summariser.summarise({ previous: summary?.text, messages })).trim();
      if (text === "") {
        throw new Error("The summariser returned an empty summary.");
      }
      summary = { text, throughTurnId };
    }
    return { summary };
  } catch (failure) {
    return { summary, failure };
  }
}
