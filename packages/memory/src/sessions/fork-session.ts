/** Begins a new session with the turns of another one, up to one of them. */
import { type Clock, type Refusal, refusal } from "@caprock/domain";
import type { SessionKey, SessionTurn } from "../long-term/session-turn.ts";
import type { Session, SessionStore } from "./session-store.ts";
import type { VectorStore } from "./vector-store.ts";

export interface ForkParts {
  readonly sessions: SessionStore;
  /** Undefined where no vectors are kept. */
  readonly vectors: VectorStore | undefined;
  readonly clock: Clock;
}

/** Where a turn went. */
type Copy = Pick<SessionTurn, "turnId" | "sequence" | "atMs">;

/** Read at once. */
const pageTurns = 20;
const pageBytes = 8_000_000;
const claimMs = 60_000;

/** Long-term memory has what was said from the session in which it was said. */
const asCopied = { sessionOnly: true };

/**
 * Copies the turns up to and with number `through`, under ids of their own: what is deleted from one session stays in the
 * other. Vectors are copied with their turns, a summary where it covers no more than they. `forkId` must
 * be new in the tenant and names the new session; a failure leaves nothing of it. The copies count as said when they are
 * copied. Refuses with `not_found` where there is no such session, also when it is deleted meanwhile.
 */
export async function forkSession(
  source: SessionKey,
  forkId: string,
  through: number | undefined,
  { sessions, vectors, clock }: ForkParts,
): Promise<Session | Refusal> {
  const found = await sessions.find(source);
  if (found === undefined) {
    return sessionNotFound(source.sessionId);
  }
  const { incarnation } = found;
  const target = { ...source, sessionId: forkId };
  const last = Math.min(through ?? found.lastSequence, found.lastSequence);
  try {
    await sessions.create(target, forkId);
    const refused = (await copy(last)) ?? (await refusalOfDeleted());
    if (refused) {
      await discard();
      return refused;
    }
    return (await sessions.find(target)) ?? sessionNotFound(forkId);
  } catch (error) {
    await discard();
    throw error;
  }

  async function discard(): Promise<void> {
    await sessions.deleteSession(target);
    await vectors?.delete(target.tenantId, { kind: "session", ...target });
  }

  /** What was read of a deleted session may be a part of it, or of its successor of the same name. */
  async function refusalOfDeleted(): Promise<Refusal | undefined> {
    const now = await sessions.find(source);
    return now?.incarnation === incarnation ? undefined : sessionNotFound(source.sessionId);
  }

  async function copy(lastSequence: number): Promise<Refusal | undefined> {
    const copies = new Map<number, Copy>();
    let sequence = 0;
    while (sequence < lastSequence) {
      const turns = await sessions.turnsAfter(source, sequence, pageTurns, pageBytes);
      for (const turn of turns.filter((one) => one.sequence <= lastSequence)) {
        const claim = await sessions.claim(target, `${forkId}.${turn.sequence}`, clock.now() + claimMs);
        const kept =
          "refused" in claim
            ? claim
            : await sessions.append(claim, turn.messages, {
                ...asCopied,
                counted: turn.counted,
              });
        if ("refused" in kept) {
          return kept;
        }
        const { turnId, atMs } = kept;
        copies.set(turn.sequence, { turnId, sequence: kept.sequence, atMs });
      }
      sequence = turns.at(-1)?.sequence ?? lastSequence;
    }
    await copyVectors(copies);
    await copySummary(copies);
    return undefined;
  }

  async function copyVectors(copies: ReadonlyMap<number, Copy>): Promise<void> {
    const made = vectors && (await sessions.find(target));
    const places = [...copies.keys()];
    for (let at = 0; made && at < places.length; at += pageTurns) {
      const [first = 0, last = first] = [places[at], places[Math.min(at + pageTurns, places.length) - 1]];
      for (const turn of await vectors.between({ ...source, incarnation }, first, last)) {
        const copied = copies.get(turn.sequence);
        if (copied) {
          await vectors.keep(made, { ...turn, ...copied });
        }
      }
    }
  }

  /** Read after the turns are copied: a deletion takes the summary first, so this one tells of nothing else. */
  async function copySummary(copies: ReadonlyMap<number, Copy>): Promise<void> {
    const summary = await sessions.findSummary(source);
    const throughSequence = summary && copies.get(summary.throughSequence)?.sequence;
    const claim =
      throughSequence === undefined
        ? undefined
        : await sessions.claimSummary(target, forkId, clock.now() + claimMs);
    if (summary && claim && throughSequence !== undefined) {
      await sessions.keepSummary(claim, { ...summary, throughSequence, oldestAtMs: clock.now() });
    }
  }
}

/** The same whether it never was, has ended, or is another's. */
export function sessionNotFound(sessionId: string): Refusal {
  return refusal({ code: "not_found", message: `There is no session "${sessionId}".`, param: "session" });
}
