/** The sources that several vendors' prices share. Where two sources disagree, the book takes the dearer. */

/** github.com/BerriAI/litellm, model_prices_and_context_window.json (MIT), as copied on 2026-08-01. */
export const liteLlmAugust = "LiteLLM price file, copy of 2026-08-01";
/** The first day on which those prices are known; older ones are not claimed. */
export const liteLlmAugustDate = "2026-08-01";
/** models.dev's list for Amazon Bedrock as published catalogues carried it in October 2026. */
export const modelsDevOctober = "models.dev (Amazon Bedrock), October 2026";

/**
 * AWS prices batch inference at half of on-demand for the models that it serves so (Bedrock's pricing page, as
 * price lists quote it); these are the models whose half price a list names itself.
 */
export const portkeyBatch = "Portkey's Bedrock price list (Portkey-AI/models, batch_config), 2026-08-21";
/** Which models AWS serves by batch: its page as a public quota monitor had copied it, with a quota code of each. */
export const awsBatchList =
  "half of on-demand, as all batch prices; AWS's list of models for batch inference, reviewed 2026-09-11";
