/** How many tokens a prompt has, piece by piece in the order the model reads it: tools, system, messages. */
import type { CacheTtl, ContentBlock, ConverseRequest } from "./converse-request.ts";
import { countTokens } from "./tokenize.ts";

const messageOverheadTokens = 4;
const toolOverheadTokens = 16;
const imageTokens = 1_500;
const bytesPerDocumentToken = 4;

/** A piece of a prompt; `cachePoint` says that a cache point follows it. */
export interface PromptPiece {
  readonly content: unknown;
  readonly tokens: number;
  cachePoint?: CacheTtl;
}

/** Cuts a request's prompt into counted pieces. */
export function promptPieces(
  request: Pick<ConverseRequest, "messages" | "system" | "toolConfig">,
): PromptPiece[] {
  const pieces: PromptPiece[] = [];
  const add = (content: { cachePoint?: { ttl?: CacheTtl | undefined } | undefined }, tokens: number) => {
    const last = pieces.at(-1);
    if (content.cachePoint === undefined) {
      pieces.push({ content, tokens });
    } else if (last !== undefined) {
      last.cachePoint = content.cachePoint.ttl ?? "5m";
    }
  };
  for (const tool of request.toolConfig?.tools ?? []) {
    add(tool, countTokens(JSON.stringify(tool)) + toolOverheadTokens);
  }
  for (const block of request.system ?? []) {
    add(block, block.text === undefined ? countJson(block.guardContent) : countTokens(block.text));
  }
  for (const { role, content } of request.messages) {
    pieces.push({ content: role, tokens: messageOverheadTokens });
    for (const block of content) {
      add(block, blockTokens(block));
    }
  }
  return pieces;
}

/** The whole prompt's tokens. */
export function promptTokens(request: Pick<ConverseRequest, "messages" | "system" | "toolConfig">): number {
  return promptPieces(request).reduce((sum, piece) => sum + piece.tokens, 0);
}

/** The tokens of a tool call in a prompt or an answer. */
function toolUseTokens(name: string, inputJson: string): number {
  return countTokens(name) + countTokens(inputJson);
}

function blockTokens(block: ContentBlock): number {
  if (block.text !== undefined) {
    return countTokens(block.text);
  }
  if (block.toolUse) {
    return toolUseTokens(block.toolUse.name, JSON.stringify(block.toolUse.input ?? {}));
  }
  if (block.toolResult) {
    return block.toolResult.content.reduce((sum, part) => sum + resultTokens(part), 0);
  }
  return mediaTokens(block) ?? countJson(block);
}

function resultTokens(part: NonNullable<ContentBlock["toolResult"]>["content"][number]): number {
  return part.text === undefined ? (mediaTokens(part) ?? countJson(part.json)) : countTokens(part.text);
}

function mediaTokens({ image, document }: Pick<ContentBlock, "image" | "document">): number | undefined {
  if (image) {
    return imageTokens;
  }
  if (document) {
    const { bytes, text, content } = document.source;
    const size = bytes === undefined ? 0 : Buffer.byteLength(bytes, "base64");
    const written = [text ?? "", ...(content ?? []).map((part) => part.text)];
    return Math.ceil(size / bytesPerDocumentToken) + written.reduce((sum, one) => sum + countTokens(one), 0);
  }
  return undefined;
}

function countJson(value: unknown): number {
  return value === undefined ? 0 : countTokens(JSON.stringify(value));
}
