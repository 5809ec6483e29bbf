/** How chats are fitted into a window: what a tenant has set, and what one request makes of it. */

/**
 * `window`: the newest exchanges that fit. `relevance`: part of their room goes to older messages that matter for the
 * question.
 */
export const contextStrategies = ["window", "relevance"] as const;
export type ContextStrategy = (typeof contextStrategies)[number];

/** Nothing here changes a chat that fits. */
export interface ContextPolicy {
  /** By default `relevance` for what a session remembers, and `window` for chats that the caller sends whole. */
  readonly strategy?: ContextStrategy | undefined;
  /** The most that prompt and answer take together, by Caprock's own estimate, where the model would take more. */
  readonly windowTokens?: number | undefined;
  /** The part of the chat's room that `relevance` gives to older messages, 0 to 1. */
  readonly recallShare?: number | undefined;
  /** Of a chat that does not fit, the results of older tool calls than so many are cleared first. By default none is. */
  readonly keepToolResults?: number | undefined;
}

/** A request chooses everything for itself but a larger window than its tenant has. */
export function narrowedPolicy(tenant: ContextPolicy = {}, request: ContextPolicy = {}): ContextPolicy {
  const windows = [tenant.windowTokens, request.windowTokens].filter((tokens) => tokens !== undefined);
  return {
    strategy: request.strategy ?? tenant.strategy,
    windowTokens: windows.length === 0 ? undefined : Math.min(...windows),
    recallShare: request.recallShare ?? tenant.recallShare,
    keepToolResults: request.keepToolResults ?? tenant.keepToolResults,
  };
}
