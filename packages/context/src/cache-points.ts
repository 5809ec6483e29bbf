/** Places cache points where the prefix before them stays the same for many turns. */
import {
  blocksOf,
  type ChatMessage,
  type ContentBlock,
  contentOf,
  elementsOf,
  membersOf,
  type ToolConfig,
} from "./converse.ts";
import type { ModelLimits } from "./model-limits.ts";

export interface CachePointOptions {
  /** How long Bedrock keeps what stands before a point. By default five minutes. */
  readonly ttl?: "5m" | "1h" | undefined;
}

interface Cacheable<M extends ChatMessage> {
  readonly system: readonly ContentBlock[] | undefined;
  readonly toolConfig: ToolConfig | undefined;
  readonly messages: M[];
}

/** A place behind which the chat may be cached. */
export interface CacheableEnd {
  /** Place in the messages that are sent. */
  readonly index: number;
  /** Tokens from the chat's start up to here, dropped messages included. */
  readonly chatTokens: number;
  /** The same without what was dropped at the start. */
  readonly keptTokens: number;
}

interface Measured {
  readonly systemTokens: number;
  readonly toolsTokens: number;
  /** In order. */
  readonly ends: readonly CacheableEnd[];
  /** The distance of two points in the chat. */
  readonly stepTokens: number;
}

/**
 * Points behind the tools, the system prompt, and the two newest exchanges that end a step of the grid; two, so that
 * what the earlier one cached is still found when the later one is new. Only where the model caches and the prefix is
 * long enough for it, never more than it takes, and none when the caller has set any.
 */
export function withCachePoints<M extends ChatMessage>(
  prompt: Cacheable<M>,
  measured: Measured,
  promptCache: ModelLimits["promptCache"],
  { ttl }: CachePointOptions,
): Cacheable<M> & { readonly cachePoints: number } {
  if (!promptCache || hasCachePoint(prompt)) {
    return { ...prompt, cachePoints: 0 };
  }
  const point = { cachePoint: { type: "default", ...(ttl ? { ttl } : {}) } };
  const { systemTokens, toolsTokens } = measured;
  const { minimumTokens } = promptCache;
  let left = promptCache.checkpoints;
  let { system, toolConfig, messages } = prompt;

  const before = toolsTokens + systemTokens;
  const ends = new Set(
    gridEnds(measured, messages)
      .filter(({ keptTokens }) => before + keptTokens >= minimumTokens)
      .slice(-2)
      .map(({ index }) => index),
  );
  left -= ends.size;
  if (left > 0 && systemTokens > 0 && before >= minimumTokens) {
    system = [...(system ?? []), point];
    left--;
  }
  if (left > 0 && promptCache.tools && toolsTokens >= minimumTokens) {
    toolConfig = { ...toolConfig, tools: [...(toolConfig?.tools ?? []), point] };
    left--;
  }
  if (ends.size > 0) {
    messages = messages.map((message, index) =>
      ends.has(index) ? { ...message, content: [...contentOf(message.content), point] } : message,
    );
  }
  return { system, toolConfig, messages, cachePoints: promptCache.checkpoints - left };
}

/** The ends that are the first behind a multiple of the step, counted from the chat's start. */
function gridEnds({ ends, stepTokens }: Measured, messages: readonly ChatMessage[]): readonly CacheableEnd[] {
  const stepOf = ({ chatTokens }: CacheableEnd): number => Math.floor(chatTokens / Math.max(1, stepTokens));
  const usable = ends.filter(({ index }) => messages[index]?.role !== "system");
  return usable.filter((end, place) => {
    const previous = usable[place - 1];
    return previous === undefined || stepOf(end) > stepOf(previous);
  });
}

/** Whether the caller places cache points; then every one is the caller's. */
export function hasCachePoint({ system, toolConfig, messages }: Cacheable<ChatMessage>): boolean {
  const isPoint = (block: unknown): boolean => membersOf(block).cachePoint !== undefined;
  return (
    elementsOf(system).some(isPoint) ||
    elementsOf(toolConfig?.tools).some(isPoint) ||
    messages.some((message) => blocksOf(message).some(isPoint))
  );
}
