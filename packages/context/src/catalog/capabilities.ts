/** The sets of abilities that several models have alike. */
import type { Model } from "@caprock/domain";

type Supports = Model["supports"];

/** Converse with tools and system prompts, streaming too; text only; no CountTokens. */
export const textChat: Supports = {
  tools: true,
  toolsWhileStreaming: true,
  images: false,
  system: true,
  countTokens: false,
  forcedTools: false,
  structuredOutput: false,
  searchResults: false,
};

/** As `textChat`, and reads images. */
export const visionChat: Supports = { ...textChat, images: true };

/** Not a chat model: embeds, draws or ranks text. */
export const textOnly: Supports = {
  tools: false,
  toolsWhileStreaming: false,
  images: false,
  system: false,
  countTokens: false,
  forcedTools: false,
  structuredOutput: false,
  searchResults: false,
};

/** As `textOnly`, and reads images. */
export const textAndImages: Supports = { ...textOnly, images: true };
