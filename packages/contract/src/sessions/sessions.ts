/** The session resource of the tenant API. */
import { z } from "zod";

/** Where a page begins and how long it is; queries come as text. */
const limit = z.coerce.number().int().min(1).max(100).default(20);
const sequence = z.coerce.number().int().min(0).max(1e9).optional();

export const sessionPageQuery = z.strictObject({
  actor: z.string().optional(),
  limit,
  /** `next` of the page before. */
  after: z.string().max(1_000).optional(),
});

/** Turns after a number come oldest first; before one, newest first. */
export const turnPageQuery = z
  .strictObject({ actor: z.string().optional(), limit, after: sequence, before: sequence })
  .refine(({ after, before }) => after === undefined || before === undefined, {
    message: "cannot be used together with after",
    path: ["before"],
  });

export type TurnPageQuery = z.infer<typeof turnPageQuery>;

export const createSessionBody = z.strictObject({
  /** Made up where none is named. */
  id: z.string().optional(),
  actor: z.string().optional(),
});

export const forkSessionBody = z.strictObject({
  actor: z.string().optional(),
  /** The id of the last turn that the new session has; without it, all of them. */
  throughTurn: z.string().optional(),
});

export const memoryListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
});

/** Something that long-term memory has drawn from what an actor said. */
export interface MemoryRecordView {
  readonly object: "memory.record";
  readonly id: string;
  readonly kind: "fact" | "preference" | "summary" | "episode";
  readonly text: string;
  readonly createdAt: string;
}

export interface ListedMemoriesView {
  readonly object: "list";
  readonly data: readonly MemoryRecordView[];
  /** Whether there are more than were asked for; the actor's export has all. */
  readonly more: boolean;
}

export interface SessionView {
  readonly object: "session";
  readonly id: string;
  readonly actor: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The number of the last turn; 0 before the first. */
  readonly lastSequence: number;
}

export interface SessionTurnView {
  readonly object: "session.turn";
  readonly id: string;
  readonly sequence: number;
  readonly createdAt: string;
  /** In Converse's form. */
  readonly messages: readonly {
    readonly role: "user" | "assistant";
    readonly content: readonly Readonly<Record<string, unknown>>[];
  }[];
}

/** A line of an actor's export: what stands in prompts for the older turns of a session. */
export interface SessionSummaryView {
  readonly object: "session.summary";
  readonly session: string;
  /** The last turn that it was shown, or the turn of the last message that it was shown. */
  readonly throughSequence: number;
  readonly text: string;
}

export interface ListedSessionsView {
  readonly object: "list";
  readonly data: readonly SessionView[];
  /** Given as `after` for the next page; absent on the last. */
  readonly next?: string;
}

export interface ListedTurnsView {
  readonly object: "list";
  /** Fewer than were asked for where they are large. */
  readonly data: readonly SessionTurnView[];
  /** Whether there may be more, beyond the last of these. */
  readonly more: boolean;
}
