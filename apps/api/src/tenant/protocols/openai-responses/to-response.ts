/** Maps an answer of Converse to a response object. */
import type { ConverseAnswer, ConverseAnswerBlock } from "../converse-json.ts";
import { toldServiceTier } from "../openai/service-tier.ts";
import {
  closedResponse,
  incompleteReason,
  type OutputItem,
  outputText,
  type ResponseObject,
  type ResponseOrigin,
} from "./response.ts";

/** The response that says what `answer` says; blocks that this wire has no place for are left out. */
export function toResponse(
  answer: ConverseAnswer,
  origin: ResponseOrigin,
  completedSeconds: number,
): ResponseObject {
  const { stopReason, usage, serviceTier } = answer;
  const output: OutputItem[] = [];
  for (const block of answer.output?.message?.content ?? []) {
    const item = toItem(block, itemId(origin, output.length));
    const before = output.at(-1);
    // Texts in a row are one message, as they are in a stream of one block.
    if (item?.type === "message" && before?.type === "message") {
      output[output.length - 1] = { ...before, content: [...before.content, ...item.content] };
    } else if (item) {
      output.push(item);
    }
  }
  const last = output.at(-1);
  if (last && last.type !== "reasoning" && incompleteReason(stopReason) !== undefined) {
    output[output.length - 1] = { ...last, status: "incomplete" };
  }
  const { service_tier: told } = toldServiceTier(serviceTier);
  return closedResponse(origin, output, {
    stopReason,
    usage,
    completedSeconds,
    ...(told && { serviceTier: told }),
  });
}

/** The id of an output item without its prefix: the same whether the answer streams or not. */
export function itemId({ requestId }: ResponseOrigin, index: number): string {
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
    : { id: `msg_${id}`, type: "message", role: "assistant", status, content: [outputText(text)] };
}
