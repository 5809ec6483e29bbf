/** The sources that several vendors' prices share. Where two sources disagree, the book takes the dearer. */

/** github.com/BerriAI/litellm, model_prices_and_context_window.json (MIT), as copied on 2026-08-01. */
export const liteLlmAugust = "LiteLLM price file, copy of 2026-08-01";
/** The first day on which those prices are known; older ones are not claimed. */
export const liteLlmAugustDate = "2026-08-01";
/** models.dev's list for Amazon Bedrock as published catalogues carried it in October 2026. */
export const modelsDevOctober = "models.dev (Amazon Bedrock), October 2026";
