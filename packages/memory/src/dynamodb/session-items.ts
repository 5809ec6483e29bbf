/** How sessions and turns lie in their table. */
import { z } from "zod";
import { actorName, sessionName } from "../long-term/memory-names.ts";
import type { SessionKey, TurnMessage } from "../long-term/session-turn.ts";

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

/** Without `turnId` it is what stays of a deleted turn: its number. */
export const turnItem = z.object({
  item: z.string(),
  sequence: z.number(),
  turnId: z.string().optional(),
  atMs: z.number(),
  expiresAtMs: z.number(),
  /** The messages as JSON in UTF-8, or their beginning when there are parts. */
  bytes: z.instanceof(Uint8Array).optional(),
  parts: z.number().default(0),
  sessionOnly: z.boolean().default(false),
});
export type TurnItem = z.infer<typeof turnItem>;

export const partItem = z.object({ bytes: z.instanceof(Uint8Array) });

export const pointerItem = z.object({
  actorId: z.string(),
  sessionId: z.string(),
  incarnation: z.string(),
  sequence: z.number(),
});

const messagesOfTurn = z.array(
  z.object({
    role: z.enum(["user", "assistant"]),
    content: z.array(z.record(z.string(), z.unknown())),
  }),
);

/** An item holds 400 KB (DynamoDB, Service quotas); the rest is for names and numbers. */
const mostBytes = 350_000;

/** Messages in pieces that an item can hold, at least one. */
export function toPieces(messages: readonly TurnMessage[]): readonly Uint8Array[] {
  const bytes = Buffer.from(JSON.stringify(messages));
  return Array.from({ length: Math.ceil(bytes.length / mostBytes) }, (_, index) =>
    bytes.subarray(index * mostBytes, (index + 1) * mostBytes),
  );
}

export function fromPieces(pieces: readonly Uint8Array[]): readonly TurnMessage[] {
  return messagesOfTurn.parse(JSON.parse(Buffer.concat(pieces).toString()));
}

export function sessionPath({ tenantId, actorId, sessionId }: SessionKey): string {
  return `${actorName(tenantId, actorId)}/${sessionName(sessionId)}`;
}

export function turnName(session: SessionKey, incarnation: string, sequence: number): string {
  return `turn/${sessionPath(session)}/${incarnation}/${String(sequence).padStart(12, "0")}`;
}

/** Under the turn's own id, since two writers may have written parts for the same number before one of them won. */
export function partName(turn: string, turnId: string, index: number): string {
  return `part/${turn}/${turnId}/${String(index).padStart(6, "0")}`;
}
