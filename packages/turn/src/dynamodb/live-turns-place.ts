/** Where what belongs to live turns is written, and for how long it is kept there. */
import type { Clock } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";

export interface LiveTurnsPlace {
  readonly client: DocumentClient;
  readonly tablePrefix: string;
  readonly clock: Clock;
  /** How long what was written can be read. */
  readonly keptForMs: number;
}

/** Until when an item that is written now can be read, and when DynamoDB may delete it. */
export function expiryOf({ clock, keptForMs }: Pick<LiveTurnsPlace, "clock" | "keptForMs">) {
  const expiresAtMs = clock.now() + keptForMs;
  return { expiresAtMs, expiresAtSeconds: Math.ceil(expiresAtMs / 1_000) };
}
