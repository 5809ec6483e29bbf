/** Maps an answer of Converse to a chat.completion object. */
import type { RequestId } from "@caprock/domain";
import type { ConverseAnswer, ConverseAnswerBlock, ConverseCitation } from "../converse-json.ts";
import { toldServiceTier } from "../openai/service-tier.ts";
import { toUrlCitations, type UrlCitation } from "../openai/url-citation.ts";
import { type FinishReason, toFinishReason } from "./finish-reason.ts";
import { type CompletionUsage, toUsage } from "./to-usage.ts";

/** What a completion says about the call besides the answer. */
export interface CompletionOrigin {
  readonly requestId: RequestId;
  /** When the call arrived, epoch seconds. */
  readonly createdSeconds: number;
  /** The model id as the caller wrote it. */
  readonly model: string;
}

export interface ToolCall {
  readonly id: string;
  readonly type: "function";
  /** `arguments` is a text of JSON. */
  readonly function: { readonly name: string; readonly arguments: string };
}

/** What a piece of the text is taken from. */
export interface Annotation {
  readonly type: "url_citation";
  readonly url_citation: UrlCitation;
}

export interface ChatCompletion {
  readonly id: string;
  readonly object: "chat.completion";
  readonly created: number;
  readonly model: string;
  readonly choices: {
    readonly index: 0;
    readonly message: {
      readonly role: "assistant";
      /** Null where the model wrote no text. */
      readonly content: string | null;
      readonly refusal: null;
      /** What the model thought first; not part of OpenAI's own wire, but the name its clients look for. */
      readonly reasoning_content?: string;
      readonly tool_calls?: ToolCall[];
      readonly annotations?: Annotation[];
    };
    readonly logprobs: null;
    readonly finish_reason: FinishReason;
  }[];
  readonly usage: CompletionUsage;
  /** The tier that served the call, where Bedrock said so. */
  readonly service_tier?: "default" | "priority" | "flex" | "scale";
}

/** The id of a completion: one call has one, whether it streams or not. */
export function completionId(requestId: RequestId): string {
  return `chatcmpl-${requestId}`;
}

/** The completion that says what `answer` says; blocks that this wire has no place for are left out. */
export function toCompletion(answer: ConverseAnswer, origin: CompletionOrigin): ChatCompletion {
  let text = "";
  let reasoning = "";
  const toolCalls: ToolCall[] = [];
  const annotations: Annotation[] = [];
  for (const block of answer.output?.message?.content ?? []) {
    const start = text.length;
    text += textOf(block);
    annotations.push(...toAnnotations(block.citationsContent?.citations, start, text.length));
    reasoning += block.reasoningContent?.reasoningText?.text ?? "";
    if (block.toolUse) {
      const { toolUseId, name, input = {} } = block.toolUse;
      toolCalls.push({
        id: toolUseId,
        type: "function",
        function: { name, arguments: JSON.stringify(input) },
      });
    }
  }
  return {
    id: completionId(origin.requestId),
    object: "chat.completion",
    created: origin.createdSeconds,
    model: origin.model,
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text === "" ? null : text,
          refusal: null,
          ...(reasoning !== "" && { reasoning_content: reasoning }),
          ...(toolCalls.length > 0 && { tool_calls: toolCalls }),
          ...(annotations.length > 0 && { annotations }),
        },
        logprobs: null,
        finish_reason: toFinishReason(answer.stopReason),
      },
    ],
    usage: toUsage(answer.usage),
    ...toldServiceTier(answer.serviceTier),
  };
}

/** What the text from `start` to `end` cites. */
export function toAnnotations(
  citations: readonly ConverseCitation[] | undefined,
  start: number,
  end: number,
): readonly Annotation[] {
  return toUrlCitations(citations ?? [], start, end).map((citation) => ({
    type: "url_citation",
    url_citation: citation,
  }));
}

function textOf(block: ConverseAnswerBlock): string {
  return block.text ?? block.citationsContent?.content?.map((part) => part.text ?? "").join("") ?? "";
}
