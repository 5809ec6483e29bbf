/** What long-term memory draws from conversations, and where it keeps it: read by infra, by `start` and by recall. */

export type StrategyName = "semantic" | "summary" | "userPreference" | "episodic";

/** What people and callers call a record that a strategy draws. */
export const recordKinds = {
  semantic: "fact",
  userPreference: "preference",
  summary: "summary",
  episodic: "episode",
} as const satisfies Record<StrategyName, string>;

export interface MemoryStrategy {
  readonly name: StrategyName;
  /** AgentCore's own name of the kind. */
  readonly type: "SEMANTIC" | "SUMMARIZATION" | "USER_PREFERENCE" | "EPISODIC";
  /**
   * With a slash at either end, so that a prefix cannot reach into a neighbour. `{actorId}` is filled with the tenant
   * too: see `memory-names.ts`.
   */
  readonly namespace: string;
}

export const preferenceStrategy: MemoryStrategy = {
  name: "userPreference",
  type: "USER_PREFERENCE",
  namespace: "/tenants/{actorId}/preferences/",
};

export const memoryStrategies: readonly MemoryStrategy[] = [
  { name: "semantic", type: "SEMANTIC", namespace: "/tenants/{actorId}/semantic/" },
  preferenceStrategy,
  { name: "summary", type: "SUMMARIZATION", namespace: "/tenants/{actorId}/summaries/{sessionId}/" },
  { name: "episodic", type: "EPISODIC", namespace: "/tenants/{actorId}/episodes/{sessionId}/" },
];

/** How long AgentCore keeps events, in days (7 to 365). Records stay until they are deleted. */
export const eventExpiryDays = 90;
