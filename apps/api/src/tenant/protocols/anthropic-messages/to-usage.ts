/** Maps the usage that Bedrock reports to Anthropic's usage object. */
import { noTokens, type TokenUsage } from "@caprock/domain";
import { type JsonObject, reportedServiceTier, reportedUsage } from "@caprock/inference";

export interface DeltaUsage {
  readonly input_tokens: number;
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly cache_creation: {
    readonly ephemeral_5m_input_tokens: number;
    readonly ephemeral_1h_input_tokens: number;
  };
  readonly output_tokens: number;
  readonly output_tokens_details: null;
  readonly server_tool_use: null;
}

export interface Usage extends DeltaUsage {
  readonly service_tier: "standard" | "priority" | null;
  readonly inference_geo: null;
  readonly speed: null;
}

/** The usage of a Converse answer, or of a stream's `metadata` event. */
export function toUsage(reported: JsonObject): Usage {
  const tier = reportedServiceTier(reported);
  return {
    ...toDeltaUsage(reportedUsage(reported) ?? noTokens),
    service_tier: tier === undefined ? null : tier === "priority" ? "priority" : "standard",
    inference_geo: null,
    speed: null,
  };
}

/** Anthropic counts as Bedrock does: `input_tokens` are those that the cache neither served nor took in. */
export function toDeltaUsage(usage: TokenUsage): DeltaUsage {
  return {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite5m + usage.cacheWrite1h,
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h,
    },
    output_tokens: usage.output,
    output_tokens_details: null,
    server_tool_use: null,
  };
}
