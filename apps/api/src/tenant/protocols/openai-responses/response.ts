/** The response object: what it repeats of the request, and what it says of the answer. */
import type { RequestId } from "@caprock/domain";
import type { ConverseCitation, ConverseStopReason, ConverseUsage } from "../converse-json.ts";
import { toUrlCitations, type UrlCitation } from "../openai/url-citation.ts";
import { toFinishReason } from "../openai-chat/finish-reason.ts";
import type { ResponseRequest } from "./request.ts";

export interface MessageItem {
  readonly id: string;
  readonly type: "message";
  readonly role: "assistant";
  readonly status: ItemStatus;
  readonly content: readonly OutputText[];
}

export interface ResponseAnnotation extends UrlCitation {
  readonly type: "url_citation";
}

export interface OutputText {
  readonly type: "output_text";
  readonly text: string;
  readonly annotations: readonly ResponseAnnotation[];
  readonly logprobs: [];
}

export interface FunctionCallItem {
  readonly id: string;
  readonly type: "function_call";
  readonly call_id: string;
  readonly name: string;
  /** A text of JSON. */
  readonly arguments: string;
  readonly status: ItemStatus;
}

export interface ReasoningItem {
  readonly id: string;
  readonly type: "reasoning";
  readonly summary: readonly SummaryText[];
}

export interface SummaryText {
  readonly type: "summary_text";
  readonly text: string;
}

export type ItemStatus = "in_progress" | "completed" | "incomplete";
export type OutputItem = MessageItem | FunctionCallItem | ReasoningItem;

export interface ResponseOrigin {
  readonly requestId: RequestId;
  /** When the call arrived, epoch seconds. */
  readonly createdSeconds: number;
  readonly request: ResponseRequest;
}

/** What the answer came to. */
export interface ResponseEnd {
  readonly stopReason: ConverseStopReason;
  readonly usage: ConverseUsage;
  readonly completedSeconds: number;
  /** Whether its session could keep it; of one that could not, no id leads anywhere. */
  readonly isKept: boolean;
  readonly serviceTier?: "default" | "priority" | "flex" | "scale";
}

export function responseId(requestId: RequestId): string {
  return `resp_${requestId}`;
}

/** `citations` are those of all of the text. */
export function outputText(text: string, citations: readonly ConverseCitation[] = []): OutputText {
  const annotations = toUrlCitations(citations, 0, text.length).map(
    (citation) => ({ type: "url_citation", ...citation }) as const,
  );
  return { type: "output_text", text, annotations, logprobs: [] };
}

/** The response while it is made, with what there is of its output. */
export function openResponse(
  { requestId, createdSeconds, request }: ResponseOrigin,
  output: readonly OutputItem[],
) {
  const { tools, text, reasoning } = request;
  return {
    id: responseId(requestId),
    object: "response" as const,
    created_at: createdSeconds,
    status: "in_progress" as "in_progress" | "completed" | "incomplete" | "failed",
    background: false,
    completed_at: null as number | null,
    error: null as { readonly code: string; readonly message: string } | null,
    incomplete_details: null as { readonly reason: "max_output_tokens" | "content_filter" } | null,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model: request.model,
    output,
    parallel_tool_calls: true,
    previous_response_id: request.previous_response_id ?? null,
    reasoning: { effort: reasoning?.effort ?? null, summary: reasoning?.summary ?? null },
    service_tier: (request.service_tier ?? "auto") as "auto" | "default" | "priority" | "flex" | "scale",
    store: request.store ?? true,
    temperature: request.temperature ?? null,
    text: { format: text?.format ?? { type: "text" as const } },
    tool_choice: request.tool_choice ?? ("auto" as const),
    tools: (tools ?? []).map(({ parameters, strict, ...tool }) => ({
      ...tool,
      parameters: parameters ?? null,
      strict: strict ?? false,
    })),
    top_p: request.top_p ?? null,
    truncation: request.truncation ?? ("auto" as const),
    usage: null as ReturnType<typeof toUsage> | null,
    user: request.user ?? null,
  };
}

export type ResponseObject = ReturnType<typeof openResponse>;

/** The response when it is done: `incomplete` where the answer was cut or filtered. */
export function closedResponse(
  origin: ResponseOrigin,
  output: readonly OutputItem[],
  { stopReason, usage, completedSeconds, isKept, serviceTier }: ResponseEnd,
): ResponseObject {
  const reason = incompleteReason(stopReason);
  const open = openResponse(origin, output);
  return {
    ...open,
    status: reason === undefined ? "completed" : "incomplete",
    completed_at: reason === undefined ? completedSeconds : null,
    incomplete_details: reason === undefined ? null : { reason },
    service_tier: serviceTier ?? open.service_tier,
    store: open.store && isKept,
    usage: toUsage(usage, output),
  };
}

export function incompleteReason(
  stopReason: ConverseStopReason,
): "max_output_tokens" | "content_filter" | undefined {
  const finish = toFinishReason(stopReason);
  if (finish === "length") {
    return "max_output_tokens";
  }
  return finish === "content_filter" ? finish : undefined;
}

/** Bedrock does not tell how many tokens were thought: none where nothing was, else not known. */
function toUsage(usage: ConverseUsage, output: readonly OutputItem[]) {
  const cacheRead = usage.cacheReadInputTokens ?? 0;
  const cacheWrite = usage.cacheWriteInputTokens ?? 0;
  const inputTokens = usage.inputTokens + cacheRead + cacheWrite;
  const thought = output.some(({ type }) => type === "reasoning");
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cacheRead, cache_write_tokens: cacheWrite },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: thought ? null : 0 },
    total_tokens: inputTokens + usage.outputTokens,
  };
}
