/** The rules by which models take reasoning back, in the words that Bedrock refuses in. */
import { AwsError } from "../aws-error.ts";
import type { ConverseRequest } from "./converse-request.ts";

/** Claude reads only what is signed; others refuse a signature, and Nova and DeepSeek all reasoning. Signatures are not checked. */
export function validateReasoning({ messages }: ConverseRequest, modelId: string): void {
  const isClaude = modelId.includes("anthropic.");
  for (const [index, { content }] of messages.entries()) {
    for (const [place, { reasoningContent }] of content.entries()) {
      if (reasoningContent !== undefined) {
        validateBlock(reasoningContent, `messages.${index}.content.${place}`, isClaude, modelId);
      }
    }
  }
}

function validateBlock(reasoningContent: unknown, at: string, isClaude: boolean, modelId: string): void {
  const { reasoningText, redactedContent } = (reasoningContent ?? {}) as {
    readonly reasoningText?: { readonly signature?: unknown };
    readonly redactedContent?: unknown;
  };
  const isSigned = reasoningText?.signature !== undefined;
  if (isClaude && !isSigned && redactedContent === undefined) {
    throw new AwsError("ValidationException", `${at}.thinking.signature: Field required`);
  }
  if (!isClaude && isSigned) {
    throw new AwsError(
      "ValidationException",
      "This model doesn't support the reasoningContent.reasoningText.signature field. Remove reasoningContent.reasoningText.signature and try again.",
    );
  }
  if (/amazon\.|deepseek\./.test(modelId)) {
    throw new AwsError(
      "ValidationException",
      "User messages cannot contain reasoning content. Please remove the reasoning content and try again.",
    );
  }
}
