/** What a session's turns are to the context: messages with ids of their own, and the summary of the older ones. */
import type { Summary } from "@caprock/context";
import type { SessionSummary, SessionTurn, TurnMessage } from "@caprock/memory";
import type { PlanOptions } from "./operation.ts";
import type { OpenSession } from "./remember.ts";

export interface SessionHistory {
  /** Oldest first. */
  readonly messages: readonly TurnMessage[];
  /** One for each message; a turn has several, and a summary may end between two of them. */
  readonly ids: readonly string[];
}

/** What a call is planned with of its session. */
export function pastOf({
  turns,
  earlierTurns,
  summary,
}: OpenSession): Pick<PlanOptions, "history" | "historyIds" | "summary" | "earlierTurns"> {
  const { messages, ids } = historyOf(turns);
  return {
    history: messages,
    historyIds: ids,
    summary: summary && toSummary(summary),
    earlierTurns,
  };
}

export function historyOf(turns: readonly Pick<SessionTurn, "sequence" | "messages">[]): SessionHistory {
  return {
    messages: turns.flatMap(({ messages }) => messages),
    ids: turns.flatMap(({ sequence, messages }) => messages.map((_, index) => messageId(sequence, index))),
  };
}

export function toSummary({ text, throughSequence, throughMessage }: SessionSummary): Summary {
  return { text, throughTurnId: messageId(throughSequence, throughMessage) };
}

/** By which reports and summaries name a message of a turn. */
export function messageId(sequence: number, index: number): string {
  return `${sequence}/${index}`;
}

/** The turn and the message of an id that `historyOf` gave. */
export function messagePlace(id: string): Pick<SessionSummary, "throughSequence" | "throughMessage"> {
  const [sequence, index] = id.split("/").map(Number);
  return { throughSequence: sequence ?? 0, throughMessage: index ?? 0 };
}
