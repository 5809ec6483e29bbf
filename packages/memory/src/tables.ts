/** The tables of memory: sessions with their turns, and what long-term memory has taken in. */
import type { TableDeclaration, TableIndex } from "@caprock/domain";

/** One item for each session: up to which turn it is in long-term memory, and what is being sent to it now. */
export const ingestionsTable = {
  name: "memory-ingestions",
  partitionKey: { name: "tenantId", type: "S" },
  /** `<actor>/<session>`, both as long-term memory names them. */
  sortKey: { name: "actorSession", type: "S" },
} as const satisfies TableDeclaration;

/** An actor's sessions in the order in which it spoke last: `actor`, with its tenant, has the session's own item alone. */
const byActivity = {
  name: "byActivity",
  partitionKey: { name: "actor", type: "S" },
  sortKey: { name: "updatedAtMs", type: "N" },
} as const satisfies TableIndex;

/**
 * Sessions, turns and where a turn is: all that a tenant's actors said is under its tenant's key.
 * `session/<actor>/<session>`, `turn/<actor>/<session>/<incarnation>/<sequence>`, `turn-id/<turn id>`,
 * `unkept/<actor>/<session>/<turn id>`, `summary/<actor>/<session>`, and `vector/<the turn's>` for what was made of a turn.
 * What one item cannot hold of a turn is in a bucket.
 */
export const sessionsTable = {
  name: "sessions",
  partitionKey: { name: "tenantId", type: "S" },
  sortKey: { name: "item", type: "S" },
  indexes: [byActivity],
  ttlAttribute: "ttl",
} as const satisfies TableDeclaration;

/**
 * Of sessions that Bedrock Session Management keeps: all but what was said, in the same order as in the table of sessions.
 * `session/<actor>/<session>`, `volume/<actor>/<session>/<incarnation>/<volume>`,
 * `turn/<actor>/<session>/<incarnation>/<sequence>`, `turn-id/<turn id>`, and `summary/<actor>/<session>`.
 */
export const bedrockSessionsTable = {
  name: "bedrock-sessions",
  partitionKey: { name: "tenantId", type: "S" },
  sortKey: { name: "item", type: "S" },
  indexes: [byActivity],
  ttlAttribute: "ttl",
} as const satisfies TableDeclaration;
