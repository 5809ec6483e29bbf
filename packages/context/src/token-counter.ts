/** Counts the tokens of a Converse request's parts: a conservative local estimate, each message counted once. */
import {
  binaryBytes,
  blocksOf,
  type ChatMessage,
  type ContentBlock,
  elementsOf,
  jsonText,
  membersOf,
  plainDocumentText,
  type ToolConfig,
} from "./converse.ts";
import { estimateMilliTokens } from "./text-estimate.ts";

/**
 * Counts in whole tokens. A message costs its framing plus the sum of its blocks; a text block, and a text in a
 * tool result, cost exactly `text`, a JSON in a tool result exactly `json`. `fit` cuts by this.
 */
export interface TokenCounter {
  text(text: string): number;
  json(value: unknown): number;
  /** May remember the answer by the message's identity, so a message must not be changed after it was counted. */
  message(message: ChatMessage): number;
  system(system: readonly ContentBlock[] | undefined): number;
  tools(toolConfig: ToolConfig | undefined): number;
}

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
/** Claude with tools: 317 to 549 tokens for the first, by model and tool choice, about 53 for each (npm ai-tokenizer 1.0.6). */
const toolsFramingTokens = 549;
const toolFramingTokens = 53;

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
 * The built-in counter. `factor` is the model's `tokenizerFactor`: tokens it makes for each of o200k's.
 *
 * Measured at factor 1 against o200k (gpt-tokenizer 4.0.0) on texts of 1,500 characters that the fit had not seen
 * (every second one of each class; 28 to 160 texts a class from README files, packages, Python's library,
 * manual pages, system logs, translations of developer tools, and generated base64, hex and emoji):
 *
 * | class | mean error | bias | worst under-count |
 * | --- | --- | --- | --- |
 * | English prose | 4.2 % | +1.6 % | -10.5 % |
 * | Markdown | 4.7 % | +2.9 % | -9.2 % |
 * | TypeScript | 5.1 % | +3.8 % | -12.1 % |
 * | JavaScript | 5.7 % | +2.4 % | -23.7 % |
 * | Python | 6.6 % | +3.1 % | -17.1 % |
 * | JSON, indented | 4.9 % | +3.1 % | -12.5 % |
 * | JSON, compact | 5.2 % | +4.7 % | -5.6 % |
 * | logs | 3.4 % | +2.1 % | -8.1 % |
 * | base64 | 2.6 % | +0.7 % | -7.0 % |
 * | hex | 2.1 % | +2.1 % | -0.1 % |
 * | emoji | 1.4 % | +1.3 % | -0.4 % |
 * | Chinese | 5.3 % | +2.4 % | -10.9 % |
 * | Japanese | 2.8 % | +2.0 % | -5.2 % |
 * | Korean | 4.0 % | +1.0 % | -7.4 % |
 * | Russian | 4.2 % | +2.2 % | -6.9 % |
 * | Arabic | 2.4 % | +1.2 % | -6.4 % |
 * | Thai | 3.9 % | +2.8 % | -6.9 % |
 * | Hindi | 3.4 % | +2.9 % | -2.6 % |
 *
 * Also fitted: German, French, Spanish, Turkish, Greek, Hebrew, Persian, Bengali, Tamil, Georgian, Ukrainian
 * (2.4 to 5.2 %), Vietnamese 7.8 % and, the one class that is under-counted, Polish (7.9 %, bias -7.0 %).
 */
export function createTokenCounter(options: { readonly factor: number }): TokenCounter {
  const counted = new WeakMap<object, number>();

  function text(value: string): number {
    return Math.ceil((estimateMilliTokens(value) * options.factor) / 1000);
  }

  function json(value: unknown): number {
    return text(jsonText(value));
  }

  function blocks(content: readonly unknown[]): number {
    let total = 0;
    for (const block of content) {
      for (const [kind, value] of Object.entries(membersOf(block))) {
        total += value === undefined ? 0 : member(kind, value);
      }
    }
    return total;
  }

  function member(kind: string, value: unknown): number {
    const inner = membersOf(value);
    if (kind === "text" && typeof value === "string") {
      return text(value);
    }
    if (kind === "json") {
      return json(value);
    }
    if (kind === "image") {
      return imageTokens;
    }
    if (kind === "document") {
      return document(inner);
    }
    if (kind === "toolResult") {
      const { content, ...rest } = inner;
      return toolResultFramingTokens + json(rest) + blocks(elementsOf(content));
    }
    if (kind === "reasoningContent") {
      return reasoning(inner);
    }
    if (kind === "cachePoint") {
      return 0;
    }
    return jsonKinds.has(kind) ? json(value) : Buffer.byteLength(jsonText(value));
  }

  function document(inner: Readonly<Record<string, unknown>>): number {
    const { source, ...rest } = inner;
    const { bytes, ...otherSource } = membersOf(source);
    const plain = plainDocumentText(inner);
    const content = plain === undefined ? Math.ceil(binaryBytes(bytes) / documentBytesPerToken) : text(plain);
    return json(rest) + json(otherSource) + content;
  }

  function reasoning(inner: Readonly<Record<string, unknown>>): number {
    const { text: words, signature } = membersOf(inner.reasoningText);
    const encrypted =
      (typeof signature === "string" ? signature.length : 0) + (binaryBytes(inner.redactedContent) * 4) / 3;
    return (typeof words === "string" ? text(words) : 0) + Math.ceil(encrypted / encryptedCharactersPerToken);
  }

  return {
    text,
    json,
    message(message) {
      const key = membersOf(message);
      const known = counted.get(key);
      if (known !== undefined) {
        return known;
      }
      const tokens = messageFramingTokens + blocks(blocksOf(message));
      counted.set(key, tokens);
      return tokens;
    },
    system(system) {
      const content = elementsOf(system);
      return content.length === 0 ? 0 : messageFramingTokens + blocks(content);
    },
    tools(toolConfig) {
      const tools = elementsOf(toolConfig?.tools).filter((tool) => membersOf(tool).cachePoint === undefined);
      return tools.length === 0
        ? 0
        : toolsFramingTokens + tools.reduce<number>((sum, tool) => sum + toolFramingTokens + json(tool), 0);
    },
  };
}
