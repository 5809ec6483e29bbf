/** Port: messages of clients that come in several parts, until they are whole. */
import type { TenantId } from "@caprock/domain";

export interface StoredPart {
  /** From 0. */
  readonly index: number;
  /** How many parts the message has. */
  readonly count: number;
  readonly text: string;
}

export interface MessageParts {
  /**
   * Keeps a part of a message of `sender`, which names the message too; a part that comes again changes nothing. Resolves
   * with the whole text if all parts are there, else with undefined.
   */
  add(tenantId: TenantId, sender: string, part: StoredPart): Promise<string | undefined>;
}
