/** How turns that Bedrock keeps lie in their table: where each is, and not what was said. */
import { z } from "zod";
import { sessionPath } from "../dynamodb/session-items.ts";
import type { SessionKey } from "../long-term/session-turn.ts";

/** Where what was said is: in a volume, as one invocation. */
const volumePlace = z.object({
  volume: z.string(),
  invocationId: z.string(),
  stepIds: z.array(z.string()),
});
export type VolumePlace = z.infer<typeof volumePlace>;

/** Without `turnId` and `place` it is what stays of a deleted turn: its number. */
export const turnItem = z.object({
  item: z.string(),
  sequence: z.number(),
  turnId: z.string().optional(),
  atMs: z.number(),
  expiresAtMs: z.number(),
  sessionOnly: z.boolean().default(false),
  place: volumePlace.optional(),
});
export type TurnItem = z.infer<typeof turnItem>;

/** Where a turn's id leads. */
export const pointerItem = z.object({
  actorId: z.string(),
  sessionId: z.string(),
  incarnation: z.string(),
  sequence: z.number(),
  /** Every volume into which something of the turn was ever written: what forgets it looks there. */
  volumes: z.set(z.string()),
});

export const volumeItem = z.object({
  item: z.string(),
  createdAtMs: z.number(),
  /** It takes no more. */
  isClosed: z.boolean().default(false),
  /** What stays is moved out of it, and then it goes. */
  isEmptied: z.boolean().default(false),
});

/** A session under its name, from when it was made until it is deleted or has expired. */
export interface Incarnation {
  readonly session: SessionKey;
  readonly incarnation: string;
}

export function pointerName(turnId: string): string {
  return `turn-id/${turnId}`;
}

/** What the names of all turns of an incarnation begin with. */
export function turnsPrefix({ session, incarnation }: Incarnation): string {
  return `turn/${sessionPath(session)}/${incarnation}/`;
}

export function volumesPrefix({ session, incarnation }: Incarnation): string {
  return `volume/${sessionPath(session)}/${incarnation}/`;
}

/** Volumes sort by when they were made; the rest is the id of the Bedrock session that one is. */
export function volumeOf(bedrockSessionId: string, createdAtMs: number): string {
  return `${String(createdAtMs).padStart(15, "0")}-${bedrockSessionId}`;
}

export function bedrockSessionOf(volume: string): string {
  return volume.slice(volume.indexOf("-") + 1);
}
