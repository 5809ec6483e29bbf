/** The vector store: what an embedding model made of the turns that sessions keep. */
import type { TenantId } from "@caprock/domain";
import type { ForgetScope } from "../long-term/forget.ts";
import type { SessionKey } from "../long-term/session-turn.ts";

/** A session, told from an earlier one of its name that was deleted or has expired. */
export interface SessionPlace extends SessionKey {
  readonly incarnation: string;
}

export interface MessageVector {
  /** The message's place in its turn, from 0. */
  readonly message: number;
  /** Only its direction means something. All of a turn's are equally long. */
  readonly values: Int8Array;
}

export interface TurnVectors {
  readonly turnId: string;
  readonly sequence: number;
  /** When the turn was said: its vectors are kept no longer than the turn. */
  readonly atMs: number;
  /** Which model made them: what two models make cannot be compared. */
  readonly modelId: string;
  /** At least one, at most `mostVectorsOfTurn`. */
  readonly vectors: readonly MessageVector[];
}

/** At a kilobyte each they fit into an item of DynamoDB, which holds 400 KB. */
export const mostVectorsOfTurn = 300;

/**
 * A turn has the vectors of one model, those that were kept first. Whoever keeps some looks afterwards whether the turn is
 * still there, and deletes them where it is not; whoever forgets deletes the turns first. So none outlive their turn.
 */
export interface VectorStore {
  /** False when the turn has vectors already; then nothing changes. */
  keep(place: SessionPlace, turn: TurnVectors): Promise<boolean>;
  /** The number of the newest turn that has vectors, of whichever model; 0 when none has. */
  lastSequence(place: SessionPlace): Promise<number>;
  /** Those of the turns from one number to another, both included, oldest first; of all models. */
  between(place: SessionPlace, first: number, last: number): Promise<readonly TurnVectors[]>;
  /** Safe to repeat. */
  delete(tenantId: TenantId, scope: ForgetScope): Promise<void>;
  /** How many turns of a scope have vectors, expired ones included: counted by reading. */
  stored(tenantId: TenantId, scope: ForgetScope): Promise<number>;
}
