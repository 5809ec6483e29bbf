/** The table of what long-term memory has taken in. */
import type { TableDeclaration } from "@caprock/platform";

/** One item for each session: up to which turn it is in long-term memory, and what is being sent to it now. */
export const ingestionsTable = {
  name: "memory-ingestions",
  partitionKey: { name: "tenantId", type: "S" },
  /** `<actor>/<session>`, both as long-term memory names them. */
  sortKey: { name: "actorSession", type: "S" },
} as const satisfies TableDeclaration;
