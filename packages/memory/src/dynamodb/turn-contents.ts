/** What was said in turns: in their items, or, where one item cannot hold it, among the turn bodies. */
import { createHash } from "node:crypto";
import type { TenantId } from "@caprock/domain";
import type { ForgetScope } from "../long-term/forget.ts";
import { actorName, turnStep } from "../long-term/memory-names.ts";
import type { SessionKey, TurnMessage } from "../long-term/session-turn.ts";
import type { TurnClaim } from "../sessions/session-store.ts";
import type { TurnBodies } from "../sessions/turn-bodies.ts";
import { turnMessages, turnText } from "../sessions/turn-text.ts";
import { turnUnreadable } from "../sessions/turn-unreadable.ts";
import { sessionPath, type TurnItem } from "./session-items.ts";

/** The members of a turn's item that tell its content. */
export type StoredContent = Pick<TurnItem, "bytes" | "body">;

/** An item holds 400 KB, names included (DynamoDB, Service quotas). Keys, names and numbers take less than 4 KB of it. */
export const mostItemBytes = 400 * 1_024 - 4_096;

export class TurnContents {
  readonly #bodies: TurnBodies;

  constructor(bodies: TurnBodies) {
    this.#bodies = bodies;
  }

  /**
   * To be called before the turn's item is written, which makes the turn be there. A body's name has the content's hash
   * in it: an attempt to say something else under the same claim writes another body, and touches this one nowhere.
   */
  async write(claim: TurnClaim, messages: readonly TurnMessage[]): Promise<StoredContent> {
    const bytes = Buffer.from(turnText(messages));
    if (bytes.length <= mostItemBytes) {
      return { bytes };
    }
    const sha256 = sha256Of(bytes);
    const name = bodyName(claim, sha256);
    await this.#bodies.put(claim.session.tenantId, name, bytes);
    return { body: { name, lengthBytes: bytes.length, sha256 } };
  }

  /** Undefined where the body is gone. Throws CaprockError (`turn_unreadable`) for a body that was not written so. */
  async read(session: SessionKey, turn: TurnItem): Promise<readonly TurnMessage[] | undefined> {
    const { turnId = "", bytes, body } = turn;
    if (body === undefined) {
      return bytes && fromBytes(bytes);
    }
    const found = await this.#bodies.get(session.tenantId, body.name);
    if (found && (found.length !== body.lengthBytes || sha256Of(found) !== body.sha256)) {
      throw turnUnreadable(session, turnId, "damaged");
    }
    return found && fromBytes(found);
  }

  /** Removes what an attempt has written whose turn is not kept. */
  async discard(tenantId: TenantId, { body }: StoredContent): Promise<void> {
    if (body) {
      await this.#bodies.delete(tenantId, body.name);
    }
  }

  /** The names of a scope's bodies, those that a dead writer left included. */
  bodiesOf(tenantId: TenantId, scope: ForgetScope): AsyncIterable<string> {
    return this.#bodies.namesBelow(tenantId, folderOf(tenantId, scope));
  }

  /** After the items that name them, so that no turn that is there lacks its body. */
  async deleteBodiesOf(tenantId: TenantId, scope: ForgetScope): Promise<void> {
    for await (const name of this.bodiesOf(tenantId, scope)) {
      await this.#bodies.delete(tenantId, name);
    }
  }
}

/** The turn's id stands first, so that all its attempts are below one name, under whatever number they were made. */
function bodyName({ session, turnId, incarnation, sequence }: TurnClaim, sha256: string): string {
  return `${sessionFolder(session)}${turnStep(turnId)}/${turnStep(incarnation)}/${sequence}/${sha256}`;
}

function folderOf(tenantId: TenantId, scope: ForgetScope): string {
  switch (scope.kind) {
    case "tenant":
      return "";
    case "actor":
      return actorFolder({ tenantId, actorId: scope.actorId });
    case "session":
      return sessionFolder({ tenantId, ...scope });
    case "turn":
      return `${sessionFolder({ tenantId, ...scope })}${turnStep(scope.turnId)}/`;
  }
}

/** The tenant stands before all names of bodies already. */
function sessionFolder(session: SessionKey): string {
  return `${sessionPath(session).slice(session.tenantId.length + 1)}/`;
}

function actorFolder({ tenantId, actorId }: Omit<SessionKey, "sessionId">): string {
  return `${actorName(tenantId, actorId).slice(tenantId.length + 1)}/`;
}

function fromBytes(bytes: Uint8Array): readonly TurnMessage[] {
  return turnMessages(Buffer.from(bytes).toString());
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
