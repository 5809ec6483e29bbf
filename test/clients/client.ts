/** What a client of the matrix is: its SDK, set up as a tenant sets it up, and every feature of a chat said in its own words. */
import { z } from "zod";
import type { TestTenant } from "../platform/start-platform.ts";

/** A Claude: it takes everything that the matrix asks for. */
export const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";

export const onePixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** What structured answers are to follow. */
export const place = z.object({ city: z.string(), degrees: z.number() });

/** The one tool that every client has, by its description and the JSON schema of its input. */
export const weather = {
  name: "weather",
  description: "Weather of a city.",
  schema: {
    type: "object" as const,
    properties: { city: { type: "string" as const } },
    required: ["city"],
  },
  run: ({ city }: { city: string }) => `Rain in ${city}`,
};

export interface Place {
  readonly url: string;
  readonly tenant: TestTenant;
}

/** An error's class in the SDK, and members that it has. */
export type Expected = readonly [type: abstract new (...args: never[]) => Error, members: object];

/** Every feature, so that a client that leaves one out does not compile. */
export interface Talk {
  /** Resolves with the whole answer's text. */
  say(text: string, id?: string): Promise<string>;
  /** The answer's text in the pieces that it comes in. */
  stream(text: string, signal: AbortSignal): AsyncIterable<string>;
  /** Shows the model one image. */
  see(text: string): Promise<string>;
  /** Resolves with what the SDK read from an answer that follows `place`. */
  follow(text: string): Promise<unknown>;
  /** Gives the model the weather tool, runs the calls it makes at once, and resolves with its answer to all results. */
  work(text: string): Promise<{ readonly calls: readonly unknown[]; readonly answer: string }>;
  /** The arguments of one streamed call, piece by piece. */
  fragments(text: string): Promise<readonly string[]>;
  close?(): void;
}

/** What one client can do that others have no word for. */
export type OwnScene = (place: Place) => Promise<void>;

export interface Client {
  readonly name: string;
  /** The wire that its calls stand under in the ledger. */
  readonly wire: RegExp;
  open(place: Place): Talk;
  readonly errors: Readonly<Record<"wrongKey" | "unknownModel" | "spentBudget", Expected>>;
  readonly own?: Readonly<Record<string, OwnScene>>;
}
