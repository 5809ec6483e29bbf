/** Reads the usage that Bedrock reports, class by class; nothing is derived that was not reported. */
import type { TokenUsage } from "@caprock/domain";
import { z } from "zod";
import type { JsonObject } from "./bedrock-runtime.ts";

const count = z.int().min(0);

/** TokenUsage of the Converse API; cacheDetails lists cache writes by TTL. */
const bedrockUsage = z.looseObject({
  inputTokens: count,
  outputTokens: count,
  cacheReadInputTokens: count.nullish(),
  cacheWriteInputTokens: count.nullish(),
  cacheDetails: z.array(z.looseObject({ ttl: z.string(), inputTokens: count })).nullish(),
});

/**
 * The usage of a Converse answer or of a stream's `metadata` event; undefined when it has none that can be
 * read. Cache writes without a stated TTL count as the default of 5 minutes.
 */
export function reportedUsage(body: JsonObject): TokenUsage | undefined {
  const parsed = bedrockUsage.safeParse(body.usage);
  if (!parsed.success) {
    return undefined;
  }
  const { inputTokens, outputTokens, cacheReadInputTokens, cacheWriteInputTokens, cacheDetails } =
    parsed.data;
  const cacheWrite1h = (cacheDetails ?? [])
    .filter(({ ttl }) => ttl === "1h")
    .reduce((sum, detail) => sum + detail.inputTokens, 0);
  return {
    input: inputTokens,
    cacheRead: cacheReadInputTokens ?? 0,
    cacheWrite5m: Math.max(0, (cacheWriteInputTokens ?? 0) - cacheWrite1h),
    cacheWrite1h,
    output: outputTokens,
  };
}

/** The service tier that served the call, where the answer says so. */
export function reportedServiceTier(body: JsonObject): string | undefined {
  const tier = body.serviceTier;
  const type = typeof tier === "object" && tier !== null ? (tier as { type?: unknown }).type : undefined;
  return typeof type === "string" ? type : undefined;
}
