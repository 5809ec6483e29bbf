/** How turns that Bedrock keeps lie in their table: where each is, and not what was said. */
import { z } from "zod";
import { indexedTurn, pointerItem, sessionPath } from "../dynamodb/session-items.ts";
import type { Incarnation } from "../dynamodb/turn-index.ts";

/** Where what was said is: in a volume, as one invocation. */
const volumePlace = z.object({
  volume: z.string(),
  invocationId: z.string(),
  stepIds: z.array(z.string()),
});
export type VolumePlace = z.infer<typeof volumePlace>;

export const turnItem = indexedTurn.extend({
  /** Absent from what stays of a deleted turn. */
  place: volumePlace.optional(),
  /** Of what was said, in UTF-8; absent like the place. */
  lengthBytes: z.number().optional(),
});
export type TurnItem = z.infer<typeof turnItem>;

/** Where a turn's id leads. */
export const volumesPointer = pointerItem.extend({
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
