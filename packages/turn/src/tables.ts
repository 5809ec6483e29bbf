/** The table of turns that can be followed from a cursor on. */
import type { TableDeclaration } from "@caprock/domain";

/**
 * One partition for each turn, `<tenant id>#turn#<its name>`, and one for each message that comes in parts,
 * `<tenant id>#message#<its sender and name>`. Records: `turn`, `events#<ten digits>`, `part#<four digits>`.
 */
export const liveTurnsTable = {
  name: "liveTurns",
  partitionKey: { name: "owner", type: "S" },
  sortKey: { name: "record", type: "S" },
  ttlAttribute: "expiresAtSeconds",
} as const satisfies TableDeclaration;
