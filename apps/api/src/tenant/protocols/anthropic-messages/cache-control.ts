/** Anthropic's cache_control and Bedrock's cache points: where one stands for the other, and what Bedrock asks of them. */
import { type Refusal, refusal } from "@caprock/domain";
import { z } from "zod";
import type { Block } from "./translation.ts";

export const cacheControl = z
  .strictObject({
    type: z.literal("ephemeral"),
    ttl: z.enum(["5m", "1h"]).nullish(),
    /** How widely Anthropic may share the cache, which Claude Code tells. Bedrock has its own rule. */
    scope: z.string().nullish(),
  })
  .nullish();
export type CacheControl = z.output<typeof cacheControl>;

/** Where cache points may stand. */
export type CachePlace = "tools" | "system" | "messages";

const mostPoints = 4;

/**
 * The places in which a vendor's models take cache points. Others refuse a request that has one, and caching changes no
 * answer, so there it is left out. (Bedrock user guide, "prompt-caching": Claude everywhere, Nova not among tools.)
 */
const placesByVendor: Readonly<Record<string, readonly CachePlace[]>> = {
  anthropic: ["tools", "system", "messages"],
  amazon: ["system", "messages"],
};

export function takesCachePoints(vendor: string, place: CachePlace): boolean {
  return placesByVendor[vendor]?.includes(place) ?? false;
}

/** The block that marks the end of a cached prefix. Where no TTL was asked for, none is: Bedrock's default is Anthropic's. */
export function cachePoint(ttl: "5m" | "1h" | undefined): Block {
  return { cachePoint: { type: "default", ...(ttl && { ttl }) } };
}

/** What Bedrock holds cache points to, in the order of the prompt: tools, system, messages. */
export function checkCachePoints(blocks: readonly Block[]): Refusal | undefined {
  const ttls = blocks.flatMap(({ cachePoint: point }) =>
    point === undefined ? [] : [(point as { ttl?: string }).ttl ?? "5m"],
  );
  if (ttls.length > mostPoints) {
    return refused(`is set ${ttls.length} times; Bedrock takes at most ${mostPoints} cache points`);
  }
  return ttls.lastIndexOf("1h") > (ttls.includes("5m") ? ttls.indexOf("5m") : ttls.length)
    ? refused('with ttl "1h" stands after one with "5m"; the longer ones must come first')
    : undefined;
}

function refused(what: string): Refusal {
  return refusal({
    code: "invalid_request",
    message: `\`cache_control\` ${what} (in the order tools, system, messages).`,
    param: "cache_control",
  });
}
