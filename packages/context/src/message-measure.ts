/** Measures what messages count as by any model's factor, each once. */
import {
  binaryBytes,
  blocksOf,
  type ChatMessage,
  elementsOf,
  jsonText,
  membersOf,
  plainDocumentText,
} from "./converse.ts";
import { estimateMilliTokens } from "./text-estimate.ts";

/** The tokens that no factor changes, then what each text comes to in thousandths of o200k's tokens. */
export type MessageMeasure = readonly [fixedTokens: number, ...textMilliTokens: number[]];

/** To be raised with every change of what anything is measured as: what was kept by another edition is measured again. */
export const measureEdition = 1;

/** Role markers and separators around a message: 2 to 4 in known chat templates. */
const messageFramingTokens = 5;
/** What wraps a tool result besides its content. */
const toolResultFramingTokens = 8;
/**
 * The most a Claude model makes of one image since high resolution came (Opus 4.7): 4,784. Before, width x height
 * / 750 with the long edge at most 1,568 px gave about 1,600 (Anthropic, "Vision"). Nova: up to about 2,600 in
 * AWS's table ("Image understanding").
 */
const imageTokens = 4_800;
/** Coarse: a compressed document's text is not read here. */
const documentBytesPerToken = 4;
/** Signatures and redacted reasoning are encrypted text in base64, which makes four characters of three bytes. */
const encryptedCharactersPerToken = 4;

/** Kinds that are read as their JSON. An unknown kind is charged a token a byte. */
const jsonKinds: ReadonlySet<string> = new Set([
  "toolUse",
  "guardContent",
  "citationsContent",
  "searchResult",
  "toolAddition",
  "toolRemoval",
]);

/**
 * Remembers what a message measures by its identity, for all counters that share this: a message must not be changed after it
 * was measured. One for a turn, not for a process: V8 gets slow where a weak map holds what many calls have left.
 */
export class MessageMeasures {
  readonly #known = new WeakMap<object, MessageMeasure>();

  of(message: ChatMessage): MessageMeasure {
    const key = membersOf(message);
    const known = this.#known.get(key);
    if (known !== undefined) {
      return known;
    }
    const measure = measureMessage(message);
    this.#known.set(key, measure);
    return measure;
  }

  /** Takes a message's measure for what it was when it was measured before, by the same edition. */
  recall(message: ChatMessage, measure: MessageMeasure): void {
    this.#known.set(membersOf(message), measure);
  }
}

export function measureMessage(message: ChatMessage): MessageMeasure {
  return measureBlocks(blocksOf(message));
}

export function measureBlocks(content: readonly unknown[]): MessageMeasure {
  const measuring = new Measuring();
  measuring.blocks(content);
  return [messageFramingTokens + measuring.fixedTokens, ...measuring.texts];
}

/** In whole tokens: each text's are rounded up by themselves. */
export function tokensIn(measure: MessageMeasure, factor: number): number {
  let [tokens] = measure;
  for (let place = 1; place < measure.length; place += 1) {
    tokens += tokensOfText(measure[place] ?? 0, factor);
  }
  return tokens;
}

export function tokensOfText(milliTokens: number, factor: number): number {
  return Math.ceil((milliTokens * factor) / 1000);
}

class Measuring {
  fixedTokens = 0;
  readonly texts: number[] = [];

  blocks(content: readonly unknown[]): void {
    for (const block of content) {
      for (const [kind, value] of Object.entries(membersOf(block))) {
        if (value !== undefined) {
          this.#member(kind, value);
        }
      }
    }
  }

  #member(kind: string, value: unknown): void {
    const inner = membersOf(value);
    if (kind === "text" && typeof value === "string") {
      this.#text(value);
    } else if (kind === "json" || jsonKinds.has(kind)) {
      this.#text(jsonText(value));
    } else if (kind === "image") {
      this.fixedTokens += imageTokens;
    } else if (kind === "document") {
      this.#document(inner);
    } else if (kind === "toolResult") {
      const { content, ...rest } = inner;
      this.fixedTokens += toolResultFramingTokens;
      this.#text(jsonText(rest));
      this.blocks(elementsOf(content));
    } else if (kind === "reasoningContent") {
      this.#reasoning(inner);
    } else if (kind !== "cachePoint") {
      this.fixedTokens += Buffer.byteLength(jsonText(value));
    }
  }

  #document(inner: Readonly<Record<string, unknown>>): void {
    const { source, ...rest } = inner;
    const { bytes, ...otherSource } = membersOf(source);
    this.#text(jsonText(rest));
    this.#text(jsonText(otherSource));
    const plain = plainDocumentText(inner);
    if (plain === undefined) {
      this.fixedTokens += Math.ceil(binaryBytes(bytes) / documentBytesPerToken);
    } else {
      this.#text(plain);
    }
  }

  #reasoning(inner: Readonly<Record<string, unknown>>): void {
    const { text, signature } = membersOf(inner.reasoningText);
    const encrypted =
      (typeof signature === "string" ? signature.length : 0) + (binaryBytes(inner.redactedContent) * 4) / 3;
    if (typeof text === "string") {
      this.#text(text);
    }
    this.fixedTokens += Math.ceil(encrypted / encryptedCharactersPerToken);
  }

  #text(value: string): void {
    const milliTokens = estimateMilliTokens(value);
    if (milliTokens > 0) {
      this.texts.push(milliTokens);
    }
  }
}
