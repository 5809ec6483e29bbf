/** Deletes turns, sessions, and all of an actor or a tenant, at Bedrock first; and counts what there is. */
import type { TenantId } from "@caprock/domain";
import type { SessionHeads } from "../dynamodb/session-heads.ts";
import { pointerItem, turnName } from "../dynamodb/session-items.ts";
import type { SessionSummaries } from "../dynamodb/session-summaries.ts";
import type { TenantItems } from "../dynamodb/tenant-items.ts";
import type { ForgetScope } from "../long-term/forget.ts";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { StoredCounts } from "../sessions/session-store.ts";
import type { KeptTurns } from "./kept-turns.ts";
import { countStored, storedItems } from "./stored-items.ts";
import { pointerName } from "./turn-items.ts";
import type { Volumes } from "./volumes.ts";

export interface ForgetTurnsParts {
  readonly items: TenantItems;
  readonly heads: SessionHeads;
  readonly summaries: SessionSummaries;
  readonly kept: KeptTurns;
  readonly volumes: Volumes;
}

export class ForgetTurns {
  readonly #parts: ForgetTurnsParts;

  constructor(parts: ForgetTurnsParts) {
    this.#parts = parts;
  }

  /** A turn whose item is not there is none: its writer may be about to write it. */
  async turn(session: SessionKey, turnId: string): Promise<boolean> {
    const { items, heads, summaries, kept } = this.#parts;
    const { tenantId, actorId, sessionId } = session;
    const found = await items.get(tenantId, pointerName(turnId));
    const pointer = found && pointerItem.parse(found);
    if (pointer?.actorId !== actorId || pointer.sessionId !== sessionId) {
      return false;
    }
    const { incarnation, sequence } = pointer;
    const name = turnName(session, incarnation, sequence);
    if ((await items.get(tenantId, name)) === undefined) {
      return false;
    }
    // Before the turn, so that no fork takes a summary along that tells of what it could not copy; and after it, since
    // whoever claims a summary from then on does not read it.
    await summaries.delete(session);
    const wasThere = await items.update(session, name, {
      UpdateExpression: "REMOVE turnId, place, lengthBytes, counted",
      ConditionExpression: "turnId = :turn",
      ExpressionAttributeValues: { ":turn": turnId },
    });
    // After the turn, so that nobody reads it and takes that for what stands now.
    await heads.noteDeletion(session, incarnation);
    await summaries.delete(session);
    await kept.forget({ session, incarnation }, turnId);
    return wasThere;
  }

  async all(tenantId: TenantId, scope: ForgetScope): Promise<void> {
    const { items, volumes } = this.#parts;
    for await (const { item, turnId } of storedItems(items, tenantId, scope)) {
      if (item.startsWith("volume/")) {
        await volumes.removeAt(tenantId, item);
      } else {
        await items.delete(tenantId, item);
      }
      if (turnId !== undefined) {
        await items.delete(tenantId, pointerName(turnId));
      }
    }
  }

  stored(tenantId: TenantId, scope: ForgetScope): Promise<StoredCounts> {
    return countStored(this.#parts.items, tenantId, scope);
  }
}
