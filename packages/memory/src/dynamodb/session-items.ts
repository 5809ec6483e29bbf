/** How sessions and turns lie in their table. */
import { z } from "zod";
import { actorName, sessionName } from "../long-term/memory-names.ts";
import type { SessionKey } from "../long-term/session-turn.ts";

export const headItem = z.object({
  actorId: z.string(),
  sessionId: z.string(),
  incarnation: z.string(),
  lastSequence: z.number(),
  deletedTurns: z.number().default(0),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  expiresAtMs: z.number(),
  claimedBy: z.string().optional(),
  claimedUntilMs: z.number().optional(),
});
export type HeadItem = z.infer<typeof headItem>;

/** Where a turn's messages are among the turn bodies, and what is to be found there. */
const bodyPointer = z.object({
  name: z.string(),
  lengthBytes: z.number(),
  /** Hex. */
  sha256: z.string(),
});

/** What the items of all stores' turns have. Without `turnId` it is what stays of a deleted turn: its number. */
export const indexedTurn = z.object({
  item: z.string(),
  sequence: z.number(),
  turnId: z.string().optional(),
  atMs: z.number(),
  expiresAtMs: z.number(),
  sessionOnly: z.boolean().default(false),
  counted: z.object({ tokens: z.number(), detail: z.string().optional() }).optional(),
});
export type IndexedTurn = z.infer<typeof indexedTurn>;

export const turnItem = indexedTurn.extend({
  /** The messages as JSON in UTF-8, unless there is a body. */
  bytes: z.instanceof(Uint8Array).optional(),
  body: bodyPointer.optional(),
});
export type TurnItem = z.infer<typeof turnItem>;

export const pointerItem = z.object({
  actorId: z.string(),
  sessionId: z.string(),
  incarnation: z.string(),
  sequence: z.number(),
});

export function sessionPath({ tenantId, actorId, sessionId }: SessionKey): string {
  return `${actorName(tenantId, actorId)}/${sessionName(sessionId)}`;
}

export function turnName(session: SessionKey, incarnation: string, sequence: number): string {
  return `turn/${sessionPath(session)}/${incarnation}/${String(sequence).padStart(12, "0")}`;
}

/**
 * Notes a turn that may never come to be there, so that whoever forgets its session finds where its id leads: what its
 * writer left may be that alone.
 */
export function unkeptName(session: SessionKey, turnId: string): string {
  return `unkept/${sessionPath(session)}/${turnId}`;
}
