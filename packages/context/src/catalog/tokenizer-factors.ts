/**
 * Tokens a model family makes of a text for every token of OpenAI's o200k: where the context estimate starts
 * before it has learned from the usage that Bedrock reports.
 *
 * No vendor but OpenAI publishes the tokenizer of its Bedrock models. The Claude figures come from the Claude 2
 * vocabulary measured against o200k (1.06 to 1.10 for English and code), the ten percent that later Claude models
 * are known to add, and Anthropic's word that Opus 4.7, Sonnet 5 and later make about 30 percent more tokens.
 * They are means over kinds of text: Korean or Russian prose may lie above them.
 */
export const tokenizerFactors = {
  /** gpt-oss uses o200k itself. */
  o200k: 1,
  /** Claude up to Opus 4.6, Sonnet 4.6 and Haiku 4.5. */
  claudeUpTo46: 1.15,
  /** Claude from Opus 4.7, Sonnet 5 and Haiku 5.5 on. */
  claudeFrom47: 1.5,
  /** Nova, Llama, Mistral, DeepSeek, Qwen, Cohere: not measured, so the safe end. */
  unknown: 1.5,
} as const;
