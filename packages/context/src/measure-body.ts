/** Measures a vendor's own request body, whose members mean what only the vendor knows: an upper bound on its tokens. */
import { elementsOf, membersOf } from "./converse.ts";
import {
  imageTokens,
  mediaFramingTokens,
  messageTokens,
  requestTokens,
  textCeiling,
  toolsTokens,
  toolTokens,
} from "./token-ceiling.ts";

/** A member that is no text. Its `payload` is the text that holds its bytes. */
export interface BodyMedia {
  readonly kind: "image" | "opaque";
  readonly payload?: string;
}

export interface MeasuredBody {
  /** At least as many tokens as the body's prompts can be billed as. */
  readonly tokensCeiling: number;
  /** All members of all objects in it. */
  readonly members: number;
  /** Whether any text in it is "1h", by which the dearer lifetime of a cache is asked for. */
  readonly namesHour: boolean;
  /** Its texts, without those that hold media. */
  readonly texts: readonly string[];
  readonly images: number;
}

export interface MeasureOptions {
  /** The longest that all its prompts together can be. */
  readonly windowTokens: number;
  readonly mediaOf: (name: string, value: unknown) => BodyMedia | undefined;
}

/** What JSON puts around a member or an element, at most, and a template may keep of it. */
const punctuationTokens = 6;

/**
 * Every text, name and number in the body is counted as if the model read it, by the promise of `tokenCeiling`; every
 * object with what a template may put around a message; every image at what one can come to. What is opaque counts as the
 * whole window. Work: linear in the size of the body.
 */
export function measureBody(body: unknown, { windowTokens, mediaOf }: MeasureOptions): MeasuredBody {
  const texts: string[] = [];
  let tokens = requestTokens;
  let members = 0;
  let images = 0;
  let isOpaque = false;

  /** `around` is the media that the value is part of: its payload is left out once, wherever else the same text stands. */
  function visit(name: string, value: unknown, around?: { payload: string | undefined }): void {
    const media = mediaOf(name, value);
    const inside = media ? { payload: media.payload } : around;
    if (media) {
      isOpaque ||= media.kind === "opaque";
      images += media.kind === "image" ? 1 : 0;
      tokens += media.kind === "image" ? imageTokens + mediaFramingTokens : 0;
    }
    if (typeof value === "string") {
      if (inside && inside.payload === value) {
        inside.payload = undefined;
      } else {
        texts.push(value);
        tokens += textCeiling(value);
      }
    } else if (Array.isArray(value)) {
      for (const element of value) {
        tokens += punctuationTokens;
        visit(name, element, inside);
      }
    } else if (typeof value === "object" && value !== null) {
      tokens += messageTokens;
      for (const [key, member] of Object.entries(value)) {
        members += 1;
        tokens += textCeiling(key) + punctuationTokens;
        visit(key, member, inside);
      }
    } else {
      tokens += String(value).length;
    }
  }

  visit("", body);
  const tools = elementsOf(membersOf(body).tools ?? membersOf(membersOf(body).toolConfig).tools).length;
  tokens += tools === 0 ? 0 : toolsTokens + toolTokens * tools;
  return {
    tokensCeiling: isOpaque ? windowTokens : Math.min(tokens, windowTokens),
    members,
    namesHour: texts.includes("1h"),
    texts,
    images,
  };
}
