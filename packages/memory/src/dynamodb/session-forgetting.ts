/** Deletes turns, sessions, and all of an actor or a tenant; and counts what there is, so that it can be proven. */
import type { TenantId } from "@caprock/domain";
import type { ForgetScope } from "../long-term/forget.ts";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { StoredCounts } from "../sessions/session-store.ts";
import type { SessionHeads } from "./session-heads.ts";
import { headItem, pointerItem, sessionPath, turnName } from "./session-items.ts";
import type { SessionSummaries } from "./session-summaries.ts";
import { countStored, storedItems } from "./stored-items.ts";
import type { TenantItems } from "./tenant-items.ts";
import type { TurnContents } from "./turn-contents.ts";

export class SessionForgetting {
  readonly #items: TenantItems;
  readonly #heads: SessionHeads;
  readonly #summaries: SessionSummaries;
  readonly #contents: TurnContents;

  constructor(items: TenantItems, heads: SessionHeads, summaries: SessionSummaries, contents: TurnContents) {
    this.#items = items;
    this.#heads = heads;
    this.#summaries = summaries;
    this.#contents = contents;
  }

  /** A turn whose item is not there is none: its writer may be about to write it. */
  async deleteTurn(session: SessionKey, turnId: string): Promise<boolean> {
    const { tenantId, actorId, sessionId } = session;
    const found = await this.#items.get(tenantId, `turn-id/${turnId}`);
    const pointer = found && pointerItem.parse(found);
    if (pointer?.actorId !== actorId || pointer.sessionId !== sessionId) {
      return false;
    }
    const name = turnName(session, pointer.incarnation, pointer.sequence);
    if ((await this.#items.get(tenantId, name)) === undefined) {
      return false;
    }
    // Before the turn, so that no fork takes a summary along that tells of what it could not copy; and after it, since
    // whoever claims a summary from then on does not read it.
    await this.#summaries.delete(session);
    const wasThere = await this.#items.update(session, name, {
      UpdateExpression: "REMOVE turnId, bytes, body, counted",
      ConditionExpression: "turnId = :turn",
      ExpressionAttributeValues: { ":turn": turnId },
    });
    // After the turn, so that nobody reads it and takes that for what stands now.
    await this.#heads.noteDeletion(session, pointer.incarnation);
    await this.#contents.deleteBodiesOf(tenantId, { kind: "turn", actorId, sessionId, turnId });
    await this.#summaries.delete(session);
    await this.#items.delete(tenantId, `turn-id/${turnId}`);
    return wasThere;
  }

  async deleteSession(session: SessionKey): Promise<void> {
    const { tenantId, actorId, sessionId } = session;
    const path = sessionPath(session);
    const found = await this.#items.get(tenantId, `session/${path}`);
    const claimedBy = found && headItem.parse(found).claimedBy;
    if (claimedBy !== undefined) {
      // Its writer may have died; once the session's item is gone, only this leads to what it left.
      await this.#heads.noteUnkept(session, claimedBy);
    }
    // Its own item goes first: whoever is about to append finds it gone, and takes its turn back.
    await this.#items.delete(tenantId, `session/${path}`);
    await this.#items.deleteBelow(tenantId, `turn/${path}/`);
    await this.#items.deleteBelow(tenantId, `unkept/${path}/`);
    await this.#contents.deleteBodiesOf(tenantId, { kind: "session", actorId, sessionId });
    await this.#summaries.delete(session);
  }

  async deleteAll(tenantId: TenantId, scope: ForgetScope): Promise<void> {
    for await (const { item, turnId } of storedItems(this.#items, tenantId, scope)) {
      await this.#items.delete(tenantId, item);
      if (turnId !== undefined) {
        await this.#items.delete(tenantId, `turn-id/${turnId}`);
      }
    }
    await this.#contents.deleteBodiesOf(tenantId, scope);
  }

  async stored(tenantId: TenantId, scope: ForgetScope): Promise<StoredCounts> {
    const counts = await countStored(this.#items, tenantId, scope);
    let bodies = 0;
    for await (const _name of this.#contents.bodiesOf(tenantId, scope)) {
      bodies += 1;
    }
    return { ...counts, bodies };
  }
}
