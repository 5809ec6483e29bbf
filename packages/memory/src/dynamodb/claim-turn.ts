/** Claims a session's next turn by its head, for every store that keeps heads and turns' items in DynamoDB. */
import type { Clock, Refusal, TenantId } from "@caprock/domain";
import type { SessionKey } from "../long-term/session-turn.ts";
import { isClaimed, isThere, sessionConflict } from "../sessions/session-conflict.ts";
import type { TurnClaim } from "../sessions/session-store.ts";
import type { SessionHeads } from "./session-heads.ts";
import { turnName } from "./session-items.ts";
import type { TenantItems } from "./tenant-items.ts";

export interface ClaimParts {
  readonly items: TenantItems;
  readonly heads: SessionHeads;
  readonly clock: Clock;
  /** Whether the tenant has such a turn. */
  readonly hasTurn: (tenantId: TenantId, turnId: string) => Promise<boolean>;
}

/** Each repetition means that another writer has got further, so few are needed. */
const mostAttempts = 8;

/** As the session store promises. A turn whose writer died before the head followed is caught up with. */
export async function claimTurn(
  session: SessionKey,
  turnId: string,
  untilMs: number,
  parts: ClaimParts,
): Promise<TurnClaim | Refusal> {
  const { items, heads, clock, hasTurn } = parts;
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const nowMs = clock.now();
    const head = await heads.read(session);
    if (head === undefined) {
      if (await heads.create(session, turnId, { claimedBy: turnId, claimedUntilMs: untilMs })) {
        return { session, turnId, sequence: 1, incarnation: turnId, deletedTurns: 0 };
      }
      continue;
    }
    if (head.claimedBy !== undefined && head.claimedBy !== turnId && (head.claimedUntilMs ?? 0) > nowMs) {
      return sessionConflict(session, isClaimed);
    }
    const { incarnation, lastSequence, deletedTurns } = head;
    const sequence = lastSequence + 1;
    if (await items.get(session.tenantId, turnName(session, incarnation, sequence))) {
      await heads.advance(session, incarnation, sequence);
      continue;
    }
    if (head.claimedBy !== undefined && head.claimedBy !== turnId) {
      await heads.noteUnkept(session, head.claimedBy);
    }
    if (await heads.claim(session, head, turnId, untilMs)) {
      const claim = { session, turnId, sequence, incarnation, deletedTurns };
      if (await hasTurn(session.tenantId, turnId)) {
        await releaseTurn(claim, parts);
        return sessionConflict(session, isThere);
      }
      return claim;
    }
  }
  return sessionConflict(session, isClaimed);
}

/** Where an append failed after its turn was written, the turn is there: its session goes on from it. */
export async function releaseTurn(
  claim: TurnClaim,
  { items, heads }: Pick<ClaimParts, "items" | "heads">,
): Promise<void> {
  const { session, turnId, sequence, incarnation } = claim;
  const turn = await items.get(session.tenantId, turnName(session, incarnation, sequence));
  if (turn?.turnId === turnId) {
    await heads.advance(session, incarnation, sequence);
    return;
  }
  if (await items.get(session.tenantId, `turn-id/${turnId}`)) {
    await heads.noteUnkept(session, turnId);
  }
  await heads.release(claim);
}
