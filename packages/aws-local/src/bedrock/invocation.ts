/** One accepted model call while it runs: who asked, and what it has used so far. */
import { nowMs } from "../system.ts";
import type { ServedInvocation, ServedUnits, ServedUsage } from "../witness.ts";
import type { ConverseRequest } from "./converse-request.ts";
import { GuardedChat } from "./guarded-chat.ts";
import { eventTokens, type ModelEvent } from "./model-event.ts";
import type { PromptUsage } from "./prompt-cache.ts";

export type InvocationStatus = ServedInvocation["status"];

/** Who a call is for, read from its requestMetadata. */
export interface CallIdentity {
  readonly requestId: string;
  /** As the caller named the model; absent until that is known. */
  readonly calledId?: string;
  readonly tenant?: string | undefined;
  readonly caprockRequest?: string | undefined;
}

export class Invocation {
  readonly identity: CallIdentity;
  readonly operation: ServedInvocation["operation"];
  readonly modelId: string;
  readonly request: ConverseRequest;
  readonly startedAtMs = nowMs();
  usage: ServedUsage;
  /** What it made that is billed by the piece. */
  units: ServedUnits = {};
  /** The guardrail around it, if the request names one. */
  readonly guarded: GuardedChat | undefined;

  constructor(
    identity: CallIdentity,
    operation: ServedInvocation["operation"],
    modelId: string,
    request: ConverseRequest,
    prompt: PromptUsage,
  ) {
    this.identity = identity;
    this.operation = operation;
    this.modelId = modelId;
    this.request = request;
    this.usage = { ...prompt, output: 0 };
    this.guarded = request.guardrailConfig && new GuardedChat(request.guardrailConfig, request);
  }

  /** Counts an event that was handed to the caller. */
  count(event: ModelEvent): void {
    this.usage =
      event.type === "stop" && event.usage !== undefined
        ? event.usage
        : { ...this.usage, output: this.usage.output + eventTokens(event) };
  }

  /** The members that every answer ends with: usage, latency and the echo of tier and latency mode. */
  closing(): Record<string, unknown> {
    const { input, output, cacheRead, cacheWrite1h, cacheWrite5m } = this.usage;
    const { serviceTier, performanceConfig } = this.request;
    return {
      usage: {
        inputTokens: input,
        outputTokens: output,
        totalTokens: input + output + cacheRead + cacheWrite5m + cacheWrite1h,
        cacheReadInputTokens: cacheRead,
        cacheWriteInputTokens: cacheWrite5m + cacheWrite1h,
        cacheDetails: cacheDetails(this.usage),
      },
      metrics: { latencyMs: nowMs() - this.startedAtMs },
      ...(serviceTier ? { serviceTier } : {}),
      ...(performanceConfig ? { performanceConfig } : {}),
      ...this.guarded?.trace(),
    };
  }

  /** The headers with which InvokeModel echoes what was asked for. */
  echo(): Record<string, string> {
    const { serviceTier } = this.request;
    return serviceTier ? { "x-amzn-bedrock-service-tier": serviceTier.type } : {};
  }

  /** The record of this call, once it has ended. */
  record(status: InvocationStatus): ServedInvocation {
    const { calledId = this.modelId, ...identity } = this.identity;
    return {
      ...identity,
      operation: this.operation,
      modelId: calledId,
      requestMetadata: this.request.requestMetadata ?? {},
      usage: this.usage,
      units: this.guarded?.units ?? this.units,
      status,
      startedAtMs: this.startedAtMs,
    };
  }
}

/** Cache writes by time to live, one hour first, empty when there were none: as AWS lists them. */
export function cacheDetails(usage: ServedUsage): { ttl: "5m" | "1h"; inputTokens: number }[] {
  return [
    { ttl: "1h" as const, inputTokens: usage.cacheWrite1h },
    { ttl: "5m" as const, inputTokens: usage.cacheWrite5m },
  ].filter(({ inputTokens }) => inputTokens > 0);
}
