/** Maps what of a Messages request only Claude's own fields can say, and refuses it of other models. */
import { type Refusal, refusal } from "@caprock/domain";
import type { MessagesPrompt, MessagesRequest } from "./request.ts";
import type { Block, Translation } from "./translation.ts";

/**
 * Members of additionalModelRequestFields. Another model cannot be told how many tokens to think, and is refused; one that
 * may decide for itself, is left to.
 */
export function toModelFields(
  request: MessagesPrompt & Partial<Pick<MessagesRequest, "top_k">>,
  betas: readonly string[],
  translation: Translation,
): { readonly fields: Block } | Refusal {
  const { thinking, top_k: topK, output_config: output } = request;
  const { model, isClaude } = translation;
  if (isClaude) {
    return {
      fields: {
        ...(thinking && { thinking }),
        ...(typeof topK === "number" && { top_k: topK }),
        ...(output?.effort && { output_config: { effort: output.effort } }),
        ...(betas.length > 0 && { anthropic_beta: betas }),
      },
    };
  }
  if (typeof topK === "number") {
    return unable("top_k", "takes no `top_k`", translation);
  }
  if (thinking?.type === "enabled") {
    return unable("thinking", "cannot be told how many tokens to think", translation);
  }
  if (thinking?.type === "adaptive") {
    translation.warn(`thinking is left to ${model.id}`);
  }
  if (output?.effort) {
    translation.warn(`output_config.effort is left out: ${model.id} cannot be told`);
  }
  if (betas.length > 0) {
    translation.warn(`anthropic-beta is left out: ${model.id} is none of Anthropic's`);
  }
  return { fields: {} };
}

function unable(param: string, what: string, { model }: Translation): Refusal {
  return refusal({
    code: "unsupported_by_model",
    message: `\`${param}\`: model "${model.id}" ${what}.`,
    param,
  });
}
