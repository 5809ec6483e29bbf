/** Turns as long-term memory reads them from the session store. */
import type { TenantId } from "@caprock/domain";
import { z } from "zod";

/** A message of a turn in Converse's form. */
export interface TurnMessage {
  readonly role: "user" | "assistant";
  readonly content: readonly Readonly<Record<string, unknown>>[];
}

/** What a turn's messages were counted as when it was kept, so that nobody has to count them again. */
export interface TurnCount {
  /** Of all messages together, by no model's tokenizer in particular. */
  readonly tokens: number;
  /** As whoever counted reads it again, in a kilobyte at most; a store only keeps it. */
  readonly detail?: string | undefined;
}

export interface SessionTurn {
  readonly turnId: string;
  /** Counts from 1 within its session. */
  readonly sequence: number;
  readonly atMs: number;
  readonly messages: readonly TurnMessage[];
  /** Said while memory was off: long-term memory does not take it in, and no other session recalls it. */
  readonly sessionOnly?: boolean | undefined;
  readonly counted?: TurnCount | undefined;
}

/** Which session: every method of memory takes the tenant first. */
export interface SessionKey {
  readonly tenantId: TenantId;
  readonly actorId: string;
  readonly sessionId: string;
}

/** The session store, as ingestion and recall need it. */
export interface TurnSource {
  /**
   * A session's turns after a sequence number, oldest first, at most `limit`; none when there is no such session. Where
   * `mostBytes` is given, of the messages as JSON in UTF-8, no more than that comes, but always the first: there may be more.
   */
  turnsAfter(
    session: SessionKey,
    sequence: number,
    limit: number,
    mostBytes?: number,
  ): Promise<readonly SessionTurn[]>;
  /** The ids of the turns that `turnsAfter` would find. Nothing is read that is kept apart from their items. */
  turnIdsAfter(session: SessionKey, sequence: number, limit: number): Promise<readonly string[]>;
  /** Tells a session from an earlier one of its name; undefined when there is none. */
  incarnationOf(session: SessionKey): Promise<string | undefined>;
  /** The newest turns of all sessions of an actor but one, or of all, newest first, bounded like `turnsAfter`. */
  newestTurns(
    tenantId: TenantId,
    actorId: string,
    limit: number,
    withoutSession?: string,
    mostBytes?: number,
  ): Promise<readonly (SessionTurn & { readonly sessionId: string })[]>;
  /** Every session of a tenant, with the number of its last turn. */
  sessions(
    tenantId: TenantId,
  ): AsyncIterable<SessionKey & { readonly lastSequence: number; readonly incarnation: string }>;
}

const said = z.union([
  z.object({ text: z.string() }).transform(({ text }) => text),
  z
    .object({ guardContent: z.object({ text: z.object({ text: z.string() }) }) })
    .transform(({ guardContent }) => guardContent.text.text),
  // What is cited is said in pieces of one text.
  z
    .object({ citationsContent: z.object({ content: z.array(z.object({ text: z.string() })).min(1) }) })
    .transform(({ citationsContent }) => citationsContent.content.map(({ text }) => text).join("")),
]);

/**
 * The text of a message, as such, to be guarded, or with citations (Bedrock Runtime API reference, ContentBlock); blocks
 * without text are left out.
 */
export function textOf({ content }: TurnMessage): string {
  return content.flatMap((block) => said.safeParse(block).data ?? []).join("\n");
}
