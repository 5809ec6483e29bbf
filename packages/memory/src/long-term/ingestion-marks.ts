/** The port of ingestion marks: up to which turn a session is in long-term memory. */
import type { TenantId } from "@caprock/domain";
import type { SessionKey } from "./session-turn.ts";

export interface IngestionMark {
  /** The last turn that is in; 0 before the first. */
  readonly through: number;
  /**
   * The last turn of what is being sent, decided before it is sent: whoever takes up the work after a crash sends the
   * same turns under the same token. Undefined when nothing is.
   */
  readonly sendingTo: number | undefined;
}

export interface IngestionMarks {
  read(session: SessionKey): Promise<IngestionMark>;
  /** Decides what is sent next. False when the mark is no longer as it was read. */
  beginSending(session: SessionKey, through: number, sendingTo: number): Promise<boolean>;
  /** Notes that it was sent. False when somebody else has, or when the mark was removed. */
  endSending(session: SessionKey, through: number, sendingTo: number): Promise<boolean>;
  removeSession(session: SessionKey): Promise<void>;
  removeActor(tenantId: TenantId, actorId: string): Promise<void>;
  removeTenant(tenantId: TenantId): Promise<void>;
}
