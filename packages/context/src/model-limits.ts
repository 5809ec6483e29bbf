/** What of a model decides how a prompt is fitted; a plain value, so that no catalog is needed to use this package. */
import type { Model } from "@caprock/domain";

/** Window (prompt and answer together), tokenizer factor, and what its prompt cache takes; a `Model` is one. */
export interface ModelLimits extends Pick<Model, "contextWindowTokens" | "tokenizerFactor" | "promptCache"> {
  /** Where it takes no system prompt, preferences and summary stand before the question. By default it does. */
  readonly supports?: Pick<Model["supports"], "system">;
}
