/** Maps the blocks of an answer of Converse to Anthropic's. */
import { type ConverseCitation, toCitation } from "./citations.ts";
import type { Block } from "./translation.ts";

/** A block of a Converse answer: one member is present. */
export interface AnswerBlock {
  readonly text?: string;
  readonly toolUse?: { readonly toolUseId: string; readonly name: string; readonly input?: unknown };
  readonly reasoningContent?: {
    readonly reasoningText?: { readonly text?: string; readonly signature?: string };
    readonly redactedContent?: string;
  };
  readonly citationsContent?: {
    readonly content?: readonly { readonly text?: string }[];
    readonly citations?: readonly ConverseCitation[];
  };
}

/** The same blocks in the same order; kinds that this wire has no place for are left out. */
export function toContent(
  blocks: readonly AnswerBlock[],
  documentTitles: readonly (string | null)[],
): Block[] {
  return blocks.flatMap((block): readonly Block[] => {
    const mapped = toBlock(block, documentTitles);
    return mapped ? [mapped] : [];
  });
}

function toBlock(block: AnswerBlock, documentTitles: readonly (string | null)[]): Block | undefined {
  const { text, toolUse, reasoningContent, citationsContent } = block;
  if (text !== undefined) {
    return textBlock(text);
  }
  if (toolUse) {
    return { ...toolUseBlock(toolUse), input: toolUse.input ?? {} };
  }
  if (reasoningContent?.redactedContent !== undefined) {
    return { type: "redacted_thinking", data: reasoningContent.redactedContent };
  }
  if (reasoningContent) {
    const { text: thinking = "", signature = "" } = reasoningContent.reasoningText ?? {};
    return { type: "thinking", thinking, signature };
  }
  if (citationsContent) {
    const { content = [], citations = [] } = citationsContent;
    const cited = citations.flatMap((one) => toCitation(one, documentTitles) ?? []);
    return { ...textBlock(content.map((part) => part.text ?? "").join("")), citations: cited };
  }
  return undefined;
}

/** A text without citations. */
export function textBlock(text: string): Block {
  return { type: "text", text, citations: null };
}

/** A call whose input is still to come. */
export function toolUseBlock({
  toolUseId,
  name,
}: {
  readonly toolUseId: string;
  readonly name: string;
}): Block {
  return { type: "tool_use", id: toolUseId, name, input: {}, caller: { type: "direct" } };
}
