/** Maps an answer of Converse to a response object. */
import type { RequestId } from "@caprock/domain";
import type { ConverseAnswer, ConverseAnswerBlock } from "../converse-json.ts";
import { toldServiceTier } from "../openai/service-tier.ts";
import {
  closedResponse,
  incompleteReason,
  type OutputItem,
  outputText,
  type ResponseEnd,
  type ResponseObject,
  type ResponseOrigin,
} from "./response.ts";

/** The response that says what `answer` says; blocks that this wire has no place for are left out. */
export function toResponse(
  answer: ConverseAnswer,
  origin: ResponseOrigin,
  end: Pick<ResponseEnd, "completedSeconds" | "isKept">,
): ResponseObject {
  const { stopReason, usage, serviceTier } = answer;
  const output = toOutput(answer.output?.message?.content ?? [], origin.requestId);
  const last = output.at(-1);
  if (last && last.type !== "reasoning" && incompleteReason(stopReason) !== undefined) {
    output[output.length - 1] = { ...last, status: "incomplete" };
  }
  const { service_tier: told } = toldServiceTier(serviceTier);
  return closedResponse(origin, output, {
    ...end,
    stopReason,
    usage,
    ...(told && { serviceTier: told }),
  });
}

/** The output items of an answer; each block is one, as it is in a stream. */
export function toOutput(content: readonly ConverseAnswerBlock[], requestId: RequestId): OutputItem[] {
  const output: OutputItem[] = [];
  for (const block of content) {
    const item = toItem(block, itemId(requestId, output.length));
    if (item) {
      output.push(item);
    }
  }
  return output;
}

/** The id of an output item without its prefix: the same whether the answer streams or not. */
export function itemId(requestId: RequestId, index: number): string {
  return `${requestId}_${index}`;
}

function toItem(block: ConverseAnswerBlock, id: string): OutputItem | undefined {
  const status = "completed";
  if (block.toolUse) {
    const { toolUseId, name, input = {} } = block.toolUse;
    const args = JSON.stringify(input);
    return { id: `fc_${id}`, type: "function_call", call_id: toolUseId, name, arguments: args, status };
  }
  if (block.reasoningContent) {
    const text = block.reasoningContent.reasoningText?.text ?? "";
    return {
      id: `rs_${id}`,
      type: "reasoning",
      summary: text === "" ? [] : [{ type: "summary_text", text }],
    };
  }
  const text = block.text ?? block.citationsContent?.content?.map((part) => part.text ?? "").join("") ?? "";
  return text === ""
    ? undefined
    : {
        id: `msg_${id}`,
        type: "message",
        role: "assistant",
        status,
        content: [outputText(text, block.citationsContent?.citations)],
      };
}
