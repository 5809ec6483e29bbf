/** What Caprock must know of a vendor's own request body before it runs: what bounds its cost. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import type { JsonObject } from "../bedrock-runtime.ts";

/** How a family of models takes its requests through InvokeModel. */
export interface VendorBody {
  /** False for models that Bedrock does not stream: embeddings and images. */
  readonly streams: boolean;
  /** Members at the top of the body, or of `nestedIn`, that limit the answer. Others that would are refused. */
  readonly ownLimits: readonly string[];
  /** The one member that holds further limits. */
  readonly nestedIn?: string;
  /** Kinds of tools that the caller runs; those that the vendor runs are billed apart. */
  readonly callersTool: (type: unknown) => boolean;
  /** What a member is, if it is no text: found anywhere in the body. */
  media(name: string, value: unknown): Media | undefined;
  /** The bounds of the answer, or why there are none. */
  bound(body: JsonObject, model: Model): BodyBounds | Refusal;
}

/** `image`: costs at most what one image can. `opaque`: its tokens cannot be told from its size. */
export interface Media {
  readonly kind: "image" | "opaque";
  /** The text that holds it, whose bytes are no prompt. */
  readonly payload?: string;
}

export interface BodyBounds {
  readonly maxOutputTokens: number;
  /** How many prompts the body holds, each within the model's window. 0 where none is billed by tokens. */
  readonly prompts: number;
  /** What is billed by the piece. */
  readonly units: Readonly<Partial<Record<"image" | "inputImage", number>>>;
}

/** For bodies that hold text alone. */
export const noMedia = (): undefined => undefined;
export const noTools = (): boolean => false;

/** A limit of the answer that must stand in the body: a whole number from 1 to what the model can give. */
export function readLimit(value: unknown, name: string, { id, maxOutputTokens }: Model): number | Refusal {
  if (value === undefined || value === null) {
    return refusal({
      code: "invalid_request",
      message: `${name} must be set: without it the cost of the call has no bound.`,
      param: name,
    });
  }
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    return refusal({
      code: "invalid_request",
      message: `${name} must be a whole number, at least 1.`,
      param: name,
    });
  }
  return value > maxOutputTokens
    ? refusal({
        code: "invalid_request",
        message: `"${id}" answers with at most ${maxOutputTokens} tokens, but ${value} were asked for.`,
        param: name,
      })
    : value;
}

/** The bounds of a chat's body by its limit. */
export function chatBounds(limit: number | Refusal): BodyBounds | Refusal {
  return typeof limit === "number" ? { maxOutputTokens: limit, prompts: 1, units: {} } : limit;
}

/** Refuses a member with `unsupported_parameter`; `reason` goes on after "cannot be used:". */
export function unsupported(param: string, reason: string): Refusal {
  return refusal({ code: "unsupported_parameter", message: `${param} cannot be used: ${reason}.`, param });
}

export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
