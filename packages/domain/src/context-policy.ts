/** How chats are fitted into a window: what a tenant has set, and what one request makes of it. */

/**
 * `window`: the newest exchanges that fit. `relevance`: part of their room goes to older messages that matter for the
 * question. `summarise`: as `relevance`, behind a summary of what is older, which sessions keep; a chat without a session
 * has none to keep it, and gets `window`.
 */
export const contextStrategies = ["window", "relevance", "summarise"] as const;
export type ContextStrategy = (typeof contextStrategies)[number];

/** Nothing here changes a chat that fits, but that `cachePoints` are set in it. */
export interface ContextPolicy {
  /** By default `relevance` for what a session remembers, and `window` for chats that the caller sends whole. */
  readonly strategy?: ContextStrategy | undefined;
  /** The most that prompt and answer take together, by Caprock's own estimate, where the model would take more. */
  readonly windowTokens?: number | undefined;
  /** The part of the chat's room that `relevance` and `summarise` give to older messages, 0 to 1; where it is not named, at most 8,000 tokens besides. */
  readonly recallShare?: number | undefined;
  /** The part of the room of all but system prompt, tools and question that a summary may take, 0 to 1. */
  readonly summaryShare?: number | undefined;
  /** The same for what long-term memory has for the question. */
  readonly memoriesShare?: number | undefined;
  /**
   * The same for documents that the question brings as search results. Where it is named, those that do not fit are left out,
   * the least relevant first; by default they are of the question, and a call in which they do not fit is refused.
   */
  readonly documentsShare?: number | undefined;
  /** The model that makes summaries, as a caller would name it. */
  readonly summariserModel?: string | undefined;
  /**
   * The model that embeds what sessions keep, and questions, as a caller would name it: the search for older messages then
   * goes by likeness too. By default none does, and the search goes by words alone.
   */
  readonly embeddingModel?: string | undefined;
  /** Of a chat that does not fit, the results of older tool calls than so many are cleared first. By default none is. */
  readonly keepToolResults?: number | undefined;
  /** Whether cache points are set where the caller has set none. By default they are not. */
  readonly cachePoints?: boolean | undefined;
  /** Whether what sessions keep is taken into long-term memory, and recalled for questions. By default it is not. */
  readonly memory?: boolean | undefined;
}

/**
 * A request chooses everything for itself but a larger window than its tenant has, memory where its tenant has none, and
 * another summariser or embedding model than its tenant names: these are asked on the tenant's account, beside the answer,
 * so their price is the tenant's choice.
 */
export function narrowedPolicy(tenant: ContextPolicy = {}, request: ContextPolicy = {}): ContextPolicy {
  const windows = [tenant.windowTokens, request.windowTokens].filter((tokens) => tokens !== undefined);
  return {
    strategy: request.strategy ?? tenant.strategy,
    windowTokens: windows.length === 0 ? undefined : Math.min(...windows),
    recallShare: request.recallShare ?? tenant.recallShare,
    summaryShare: request.summaryShare ?? tenant.summaryShare,
    memoriesShare: request.memoriesShare ?? tenant.memoriesShare,
    documentsShare: request.documentsShare ?? tenant.documentsShare,
    summariserModel: tenant.summariserModel ?? request.summariserModel,
    embeddingModel: tenant.embeddingModel ?? request.embeddingModel,
    keepToolResults: request.keepToolResults ?? tenant.keepToolResults,
    cachePoints: request.cachePoints ?? tenant.cachePoints,
    memory: (tenant.memory ?? false) && (request.memory ?? true),
  };
}
