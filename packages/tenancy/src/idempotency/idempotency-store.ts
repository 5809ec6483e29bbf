/** Port: which call has an idempotency key, and what it was answered. */
import type { RequestId } from "@caprock/domain";

/** Names a key: whose it is (a tenant's id, that and who signed in, or `admin`), and a hash of its text. */
export interface KeyName {
  readonly scope: string;
  readonly keySha256: string;
}

/** A call that asks for a key. */
export interface KeyedCall extends KeyName {
  readonly requestId: RequestId;
  /** Tells whether two calls under one key ask for the same. */
  readonly fingerprint: string;
  /** A call that has not finished by then is dead, and its key is free. */
  readonly leaseUntilMs: number;
}

/** What stands under a key. */
export interface StandingCall extends Omit<KeyedCall, keyof KeyName> {
  /** Absent while the call runs. */
  readonly answer?: StoredAnswer;
}

export interface StoredAnswer {
  /** Opaque here: sealed by whoever wrote it. */
  readonly head: Uint8Array;
  readonly pieceCount: number;
}

/**
 * Every write is one item and conditional. What is stored can be read for `keptForMs` of the store. At any instant at most
 * one call has a key; what a call wrote that has lost its key is never read.
 */
export interface IdempotencyStore {
  /** Gives the key to the call where no call that lives or has finished has it. Resolves with the one that has it then. */
  begin(call: KeyedCall): Promise<StandingCall>;
  read(name: KeyName): Promise<StandingCall | undefined>;
  /** Keeps a piece of the answer's body, of at most 300,000 bytes. */
  putPiece(call: KeyedCall, index: number, bytes: Uint8Array): Promise<void>;
  readPiece(name: KeyName, requestId: RequestId, index: number): Promise<Uint8Array | undefined>;
  /** Makes the answer the key's. Resolves with false where the call has lost the key. */
  finish(call: KeyedCall, answer: StoredAnswer): Promise<boolean>;
  /** Frees the key, if the call still has it and has not finished. */
  release(call: KeyedCall): Promise<void>;
}
