/** The port of ingestion marks: up to which turn a session is in long-term memory. */
import type { TenantId } from "@caprock/domain";
import type { SessionKey } from "./session-turn.ts";

export interface IngestionMark {
  /** Of which session of the name it is: one that is begun again counts from 1 again. */
  readonly incarnation: string;
  /** The last turn that is in; 0 before the first is. */
  readonly through: number;
  /**
   * The last turn of what is being sent, decided before it is sent: whoever takes up the work after a crash sends the
   * same turns under the same token. Undefined when nothing is.
   */
  readonly sendingTo: number | undefined;
  /** Names what was held for these events; undefined where there are none. */
  readonly billId?: string | undefined;
}

/** What is being sent: the turns behind `through`, up to `sendingTo`. */
export interface Sending {
  readonly incarnation: string;
  readonly through: number;
  readonly sendingTo: number;
  readonly billId?: string | undefined;
}

export interface IngestionMarks {
  /** Undefined before the first sending, and once it was removed. */
  read(session: SessionKey): Promise<IngestionMark | undefined>;
  /**
   * Decides what is sent next of an incarnation; the mark of an earlier one gives way. False when the mark is no longer as
   * it was read.
   */
  beginSending(session: SessionKey, next: Sending): Promise<boolean>;
  /** Puts what is being sent on another bill. False when it is no longer being sent, or not on the bill `before`. */
  billAnew(session: SessionKey, sending: Sending, before: string | undefined): Promise<boolean>;
  /** Notes that it was sent. False when somebody else has, or when the mark was removed. */
  endSending(session: SessionKey, sent: Sending): Promise<boolean>;
  removeSession(session: SessionKey): Promise<void>;
  removeActor(tenantId: TenantId, actorId: string): Promise<void>;
  removeTenant(tenantId: TenantId): Promise<void>;
}
