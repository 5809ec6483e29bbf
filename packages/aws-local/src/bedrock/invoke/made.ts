/** Models that do not chat: what they make of a body, and what that counts as. */
import type { ServedUnits } from "../../witness.ts";

export interface Maker {
  /** Throws a ValidationException. */
  make(body: Buffer, embed: Embed): Made | Promise<Made>;
}

export interface Made {
  readonly answer: object;
  readonly inputTokens: number;
  readonly units: ServedUnits;
}

export interface Embedded {
  /** In the order of the texts. */
  readonly vectors: readonly (readonly number[])[];
  /** As whoever made them counts; undefined where it does not tell. */
  readonly tokens: number | undefined;
}

/** Vectors of texts, each of `dimensions` numbers. */
export type Embed = (texts: readonly string[], dimensions: number) => Promise<Embedded>;
