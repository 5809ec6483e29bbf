/** Models that do not chat: what they make of a body, and what that counts as. */
import type { ServedUnits } from "../../witness.ts";

export interface Maker {
  /** Throws a ValidationException. */
  make(body: Buffer): Made;
}

export interface Made {
  readonly answer: object;
  readonly inputTokens: number;
  readonly units: ServedUnits;
}
