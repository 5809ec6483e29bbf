/** An upper bound on the input tokens of a Converse request, to hold money by. */
import {
  binaryBytes,
  type ChatMessage,
  type ContentBlock,
  contentOf,
  elementsOf,
  jsonText,
  membersOf,
  plainDocumentText,
  type ToolConfig,
} from "./converse.ts";

/** Preambles that chat templates add on their own (dates, roles, how to answer). */
export const requestTokens = 256;
/** Role markers and separators; known templates use 2 to 8. */
export const messageTokens = 16;
/** Claude's own prompt for tools is up to 549 tokens, and about 53 for each tool (npm ai-tokenizer 1.0.6). */
export const toolsTokens = 600;
export const toolTokens = 100;
/**
 * The largest limit that a vision model's maker publishes for one image is Qwen-VL's 16,384 tokens; Claude's is
 * 4,784. Nova publishes a table up to 2,600 (650 pixels a token) and no limit: one image above 10.6 megapixels
 * could pass this bound there.
 */
export const imageTokens = 16_384;
/** The wrapping of an image, document or tool result. */
export const mediaFramingTokens = 16;
/** What compressed documents count where they exceed the window; see the promise of `tokenCeiling`. */
const documentBytesPerToken = 4;

/** Kinds of block whose tokens cannot be bounded by their size. */
const opaqueKinds: readonly string[] = ["video", "audio"];

/** A Converse request body, or the SDK's `ConverseCommandInput`; members not named here count as well. */
export interface ConverseBody {
  readonly messages?: readonly ChatMessage[] | undefined;
  readonly system?: readonly ContentBlock[] | undefined;
  readonly toolConfig?: ToolConfig | undefined;
  readonly additionalModelRequestFields?: unknown;
  readonly promptVariables?: unknown;
}

interface Bound {
  readonly tokens: number;
  /** True when something in it has no bound of its own. */
  readonly opaque: boolean;
}

/**
 * At least as many tokens as the model can be billed for as input (fresh, cached and cache writes together).
 *
 * Why it holds: a byte-level tokenizer, or one with byte fallback, makes at most one token of a UTF-8 byte, and
 * no text is shorter in the request's JSON than it is itself. Tokenizers that first apply Unicode NFKC can
 * lengthen a text (U+FDFA: 3 bytes become 33), so the longer of both forms is counted. What templates add is
 * covered by constants per request, message, block of media, tools and tool. Plain-text documents are decoded.
 *
 * What the request does not show has no such bound: pdf, docx and other compressed documents, video, audio,
 * stored prompts, documents in S3, tools that the service defines. With any of these the answer is at least
 * `windowTokens`, the longest prompt the model accepts (Bedrock refuses a longer one, unbilled). Where the window
 * is enforced, a caller may take the smaller of the answer and the window.
 *
 * Work: linear in the size of the request, mostly native code.
 */
export function tokenCeiling(body: ConverseBody, limits: { readonly windowTokens: number }): number {
  const { messages, system, ...rest } = membersOf(body);
  const tools = elementsOf(membersOf(rest.toolConfig).tools);
  const bounds = [
    { tokens: requestTokens + textCeiling(jsonText(rest)), opaque: hasHiddenPrompt(body, tools) },
    { tokens: tools.length === 0 ? 0 : toolsTokens + toolTokens * tools.length, opaque: false },
    blocksBound(contentOf(system)),
    ...elementsOf(messages).map(messageBound),
  ];
  const tokens = bounds.reduce((sum, bound) => sum + bound.tokens, 0);
  return bounds.some((bound) => bound.opaque) ? Math.max(limits.windowTokens, tokens) : tokens;
}

function messageBound(message: unknown): Bound {
  const { content, ...rest } = membersOf(message);
  const inner = blocksBound(contentOf(content));
  return { tokens: messageTokens + textCeiling(jsonText(rest)) + inner.tokens, opaque: inner.opaque };
}

function blocksBound(blocks: readonly unknown[]): Bound {
  let tokens = 0;
  let opaque = false;
  for (const block of blocks) {
    const bound = blockBound(membersOf(block));
    tokens += bound.tokens;
    opaque ||= bound.opaque;
  }
  return { tokens, opaque };
}

function blockBound(block: Readonly<Record<string, unknown>>): Bound {
  const { image, document, toolResult, ...rest } = block;
  const guarded = membersOf(block.guardContent).image;
  const opaque = opaqueKinds.some((kind) => rest[kind] !== undefined);
  let total: Bound = opaque ? { tokens: 0, opaque } : { tokens: textCeiling(jsonText(rest)), opaque };
  if (image !== undefined || guarded !== undefined) {
    total = sum(total, {
      tokens: mediaFramingTokens + imageTokens + textCeiling(withoutBytes(image)),
      opaque: false,
    });
  }
  if (document !== undefined) {
    total = sum(total, documentBound(membersOf(document)));
  }
  if (toolResult !== undefined) {
    const { content, ...others } = membersOf(toolResult);
    total = sum(total, { tokens: mediaFramingTokens + textCeiling(jsonText(others)), opaque: false });
    total = sum(total, blocksBound(elementsOf(content)));
  }
  return total;
}

function documentBound(document: Readonly<Record<string, unknown>>): Bound {
  const frame = mediaFramingTokens + textCeiling(withoutBytes(document));
  const plain = plainDocumentText(document);
  if (plain !== undefined) {
    return { tokens: frame + textCeiling(plain), opaque: false };
  }
  const source = membersOf(document.source);
  const readable = source.text !== undefined || source.content !== undefined;
  return { tokens: frame + Math.ceil(binaryBytes(source.bytes) / documentBytesPerToken), opaque: !readable };
}

/** The JSON of an image or document, less its bytes. */
function withoutBytes(media: unknown): string {
  const { source, ...rest } = membersOf(media);
  const { bytes: _bytes, ...otherSource } = membersOf(source);
  return jsonText({ ...rest, source: otherSource });
}

/** Prompts kept by the service, and tools it defines: their tokens are billed but not in the request. */
function hasHiddenPrompt(body: ConverseBody, tools: readonly unknown[]): boolean {
  return (
    body.promptVariables !== undefined ||
    membersOf(body.additionalModelRequestFields).tools !== undefined ||
    tools.some((tool) => membersOf(tool).systemTool !== undefined)
  );
}

/** At least as many tokens as any tokenizer makes of a text; see the reasons of `tokenCeiling`. */
export function textCeiling(text: string): number {
  const bytes = Buffer.byteLength(text);
  return bytes === text.length ? bytes : Math.max(bytes, Buffer.byteLength(text.normalize("NFKC")));
}

function sum(a: Bound, b: Bound): Bound {
  return { tokens: a.tokens + b.tokens, opaque: a.opaque || b.opaque };
}
