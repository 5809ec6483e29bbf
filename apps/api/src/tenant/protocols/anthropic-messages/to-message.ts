/** Maps an answer of Converse to Anthropic's message object. */
import type { RequestId } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";
import { type Stop, toStop } from "./stop-reason.ts";
import { type AnswerBlock, toContent } from "./to-content.ts";
import { toUsage, type Usage } from "./to-usage.ts";
import type { Block } from "./translation.ts";

/** What a message says about the call besides the answer, and what of the request its reading needs. */
export interface MessageOrigin {
  readonly requestId: RequestId;
  /** The model id as the caller wrote it. */
  readonly model: string;
  readonly stopSequences: readonly string[];
  readonly documentTitles: readonly (string | null)[];
}

export interface Message extends Stop {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly model: string;
  readonly content: readonly Block[];
  readonly container: null;
  readonly usage: Usage;
}

/** The id of a message: one call has one, whether it streams or not. */
export function messageId(requestId: RequestId): string {
  return `msg_${requestId}`;
}

export function toMessage(answer: JsonObject, origin: MessageOrigin): Message {
  const { output, stopReason, additionalModelResponseFields } = answer as {
    output?: { message?: { content?: readonly AnswerBlock[] } };
    stopReason?: string;
    additionalModelResponseFields?: unknown;
  };
  return {
    id: messageId(origin.requestId),
    type: "message",
    role: "assistant",
    model: origin.model,
    content: toContent(output?.message?.content ?? [], origin.documentTitles),
    ...toStop(stopReason ?? "end_turn", additionalModelResponseFields, origin.stopSequences),
    container: null,
    usage: toUsage(answer),
  };
}
