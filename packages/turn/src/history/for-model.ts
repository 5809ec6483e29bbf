/** Makes a session's history one that a model takes which may be another than the one that was asked before. */
import { textOf } from "@caprock/context";
import type { Model } from "@caprock/domain";
import type { TurnMessage } from "@caprock/memory";
import { type ContentBlock, membersOf } from "./content-block.ts";
import { openQuestionOf } from "./open-question.ts";

/**
 * What only another model reads becomes words, or goes: pictures for a model that sees none, reasoning that is not needed or not
 * its own, and citations, whose text stays. Each message stays one, and none is empty. `isAnswered` tells whether the request
 * goes on with the calls of the history's last message.
 */
export function historyForModel(
  history: readonly TurnMessage[],
  isAnswered: boolean,
  model: Pick<Model, "supports" | "vendor" | "bindsReasoning">,
): readonly TurnMessage[] {
  const open = isAnswered && takesReasoning(model) ? openQuestionOf(history) : history.length;
  return history.map((message, index) => {
    const sees = model.supports.images && message.role === "user";
    const content = message.content.flatMap((block) => forModel(block, index >= open, sees));
    const isAsItWas =
      content.length === message.content.length &&
      content.every((block, at) => block === message.content[at]);
    return isAsItWas ? message : { ...message, content: content.length > 0 ? content : [nothingLeft] };
  });
}

const nothingLeft = { text: "[Nothing that can be told in words.]" };

/**
 * Claude wants its signed reasoning back while its calls wait for their results; other models refuse a signature, and some any
 * reasoning ("User messages cannot contain reasoning content"). A model that binds it to all that came before refuses it in a history that
 * was fitted (Bedrock user guide, Preserved thinking), and is asked without.
 */
function takesReasoning({
  vendor,
  bindsReasoning = false,
}: Pick<Model, "vendor" | "bindsReasoning">): boolean {
  return vendor === "anthropic" && !bindsReasoning;
}

/** Bedrock takes pictures from users alone: one that a model made cannot be sent back as its own. */
function forModel(block: ContentBlock, isOpen: boolean, sees: boolean): readonly ContentBlock[] {
  if (block.reasoningContent !== undefined) {
    return isOpen && isSigned(block.reasoningContent) ? [block] : [];
  }
  if (block.citationsContent !== undefined) {
    const text = textOf({ role: undefined, content: [block] });
    return text.trim() === "" ? [] : [{ text }];
  }
  if (sees) {
    return [block];
  }
  if (block.toolResult !== undefined) {
    return [resultWithoutPictures(block)];
  }
  return [pictureInWords(block) ?? block];
}

function isSigned(reasoningContent: unknown): boolean {
  const { reasoningText, redactedContent } = membersOf(reasoningContent);
  return redactedContent !== undefined || Boolean(membersOf(reasoningText).signature);
}

function resultWithoutPictures(block: ContentBlock): ContentBlock {
  const { content, ...result } = membersOf(block.toolResult);
  if (!Array.isArray(content)) {
    return block;
  }
  const parts = content.map((part) => pictureInWords(membersOf(part)) ?? part);
  return parts.every((part, at) => part === content[at])
    ? block
    : { toolResult: { ...result, content: parts } };
}

function pictureInWords(block: ContentBlock): ContentBlock | undefined {
  if (block.image !== undefined) {
    return { text: "[An image, which this model cannot see.]" };
  }
  return block.video === undefined ? undefined : { text: "[A video, which this model cannot see.]" };
}
