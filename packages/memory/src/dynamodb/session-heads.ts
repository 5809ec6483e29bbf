/** The item of each session: how far it is, until when it is kept, and who may write its next turn. */
import type { Clock, TenantId } from "@caprock/domain";
import { actorName } from "../long-term/memory-names.ts";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { Session, SessionPage, TurnClaim } from "../sessions/session-store.ts";
import { sessionsTable } from "../tables.ts";
import { type HeadItem, headItem, sessionPath, unkeptName } from "./session-items.ts";
import type { TenantItems } from "./tenant-items.ts";

const [byActivity] = sessionsTable.indexes;
/** Names alone, of which few are read on. */
const headsAtOnce = 10;

export class SessionHeads {
  readonly #items: TenantItems;
  readonly #clock: Clock;
  readonly #keptForMs: number;

  constructor(items: TenantItems, clock: Clock, keptForMs: number) {
    this.#items = items;
    this.#clock = clock;
    this.#keptForMs = keptForMs;
  }

  /** Undefined also for what has expired. */
  async read(session: SessionKey): Promise<HeadItem | undefined> {
    const found = await this.#items.get(session.tenantId, nameOf(session));
    const head = found && headItem.parse(found);
    return head && head.expiresAtMs > this.#clock.now() ? head : undefined;
  }

  /** False when there is one of its name. */
  create(
    session: SessionKey,
    incarnation: string,
    claim: Pick<HeadItem, "claimedBy" | "claimedUntilMs"> = {},
  ): Promise<boolean> {
    const nowMs = this.#clock.now();
    return this.#items.put(
      {
        ...session,
        item: nameOf(session),
        actor: actorName(session.tenantId, session.actorId),
        incarnation,
        lastSequence: 0,
        createdAtMs: nowMs,
        updatedAtMs: nowMs,
        ...claim,
        ...this.life(nowMs),
      },
      "attribute_not_exists(tenantId) OR expiresAtMs <= :now",
      { ":now": nowMs },
    );
  }

  /** False when the session is no longer as `head` was read, or another's claim stands. */
  claim(
    session: SessionKey,
    { incarnation, lastSequence, deletedTurns }: HeadItem,
    turnId: string,
    untilMs: number,
  ): Promise<boolean> {
    return this.#items.update(session, nameOf(session), {
      UpdateExpression: "SET claimedBy = :turn, claimedUntilMs = :until",
      ConditionExpression:
        "incarnation = :incarnation AND lastSequence = :last AND (attribute_not_exists(deletedTurns) OR deletedTurns = :deleted) AND (attribute_not_exists(claimedBy) OR claimedBy = :turn OR claimedUntilMs <= :now)",
      ExpressionAttributeValues: {
        ":turn": turnId,
        ":until": untilMs,
        ":incarnation": incarnation,
        ":last": lastSequence,
        ":deleted": deletedTurns,
        ":now": this.#clock.now(),
      },
    });
  }

  async renew({ session, turnId }: TurnClaim, untilMs: number): Promise<void> {
    await this.#items.update(session, nameOf(session), {
      UpdateExpression: "SET claimedUntilMs = :until",
      ConditionExpression: "claimedBy = :turn",
      ExpressionAttributeValues: { ":turn": turnId, ":until": untilMs },
    });
  }

  async release({ session, turnId, incarnation }: TurnClaim): Promise<void> {
    if (incarnation === turnId) {
      const wasItsOwn = await this.#items.deleteIf(session.tenantId, nameOf(session), {
        ConditionExpression: "claimedBy = :turn AND incarnation = :turn AND lastSequence = :none",
        ExpressionAttributeValues: { ":turn": turnId, ":none": 0 },
      });
      if (wasItsOwn) {
        return;
      }
    }
    await this.#items.update(session, nameOf(session), {
      UpdateExpression: "REMOVE claimedBy, claimedUntilMs",
      ConditionExpression: "claimedBy = :turn",
      ExpressionAttributeValues: { ":turn": turnId },
    });
  }

  /** To be noted before a claim is forgotten whose writer may have written something and not its turn. */
  async noteUnkept(session: SessionKey, turnId: string): Promise<void> {
    const { tenantId } = session;
    const item = unkeptName(session, turnId);
    await this.#items.put({ tenantId, item, turnId, ...this.life(this.#clock.now()) });
  }

  /** Notes that a turn is there, which ends its claim. False when it was noted, or the session is another by now. */
  advance(session: SessionKey, incarnation: string, sequence: number): Promise<boolean> {
    const nowMs = this.#clock.now();
    const { expiresAtMs, ttl } = this.life(nowMs);
    return this.#items.update(session, nameOf(session), {
      UpdateExpression:
        "SET lastSequence = :sequence, updatedAtMs = :now, expiresAtMs = :expires, #ttl = :ttl REMOVE claimedBy, claimedUntilMs",
      ConditionExpression: "incarnation = :incarnation AND lastSequence = :before",
      ExpressionAttributeNames: { "#ttl": "ttl" },
      ExpressionAttributeValues: {
        ":sequence": sequence,
        ":before": sequence - 1,
        ":incarnation": incarnation,
        ":now": nowMs,
        ":expires": expiresAtMs,
        ":ttl": ttl,
      },
    });
  }

  /** Notes that a turn is gone, for whoever claims the next one. */
  async noteDeletion(session: SessionKey, incarnation: string): Promise<void> {
    await this.#items.update(session, nameOf(session), {
      UpdateExpression: "ADD deletedTurns :one",
      ConditionExpression: "incarnation = :incarnation",
      ExpressionAttributeValues: { ":one": 1, ":incarnation": incarnation },
    });
  }

  async list(tenantId: TenantId, { actorId, after, limit }: SessionPage) {
    const listed: Session[] = [];
    const prefix = actorId === undefined ? "session/" : `session/${actorName(tenantId, actorId)}/`;
    // No name has "!" or "~" in it: one sorts before, the other after all that a name is written with.
    const first = after ? `session/${sessionPath({ tenantId, ...after })}!` : prefix;
    const last = `${prefix}~`;
    if (first >= last || limit < 1) {
      return listed;
    }
    const pageSize = Math.min(limit, 100);
    for await (const found of this.#items.between(tenantId, first, last, { pageSize, forward: true })) {
      const head = headItem.parse(found);
      if (head.expiresAtMs > this.#clock.now()) {
        listed.push(toSession(tenantId, head));
      }
      if (listed.length === limit) {
        break;
      }
    }
    return listed;
  }

  async *below(tenantId: TenantId, prefix: string): AsyncGenerator<Session> {
    for await (const found of this.#items.itemsBelow(tenantId, prefix)) {
      const head = headItem.parse(found);
      if (head.expiresAtMs > this.#clock.now()) {
        yield toSession(tenantId, head);
      }
    }
  }

  /** An actor's, but for one, from the one in which it spoke last; read on as far as they are wanted. */
  async *lastActive(tenantId: TenantId, actorId: string, withoutSession: string | undefined) {
    const without =
      withoutSession === undefined ? undefined : nameOf({ tenantId, actorId, sessionId: withoutSession });
    const names = this.#items.namesByIndex(byActivity, actorName(tenantId, actorId), headsAtOnce);
    for await (const name of names) {
      const found = name === without ? undefined : await this.#items.get(tenantId, name);
      const head = found && headItem.parse(found);
      if (head && head.expiresAtMs > this.#clock.now()) {
        yield toSession(tenantId, head);
      }
    }
  }

  /** When what is written now expires. */
  life(nowMs: number): { readonly expiresAtMs: number; readonly ttl: number } {
    const expiresAtMs = nowMs + this.#keptForMs;
    return { expiresAtMs, ttl: Math.ceil(expiresAtMs / 1_000) };
  }
}

function nameOf(session: SessionKey): string {
  return `session/${sessionPath(session)}`;
}

export function toSession(
  tenantId: TenantId,
  { actorId, sessionId, createdAtMs, updatedAtMs, lastSequence, incarnation }: HeadItem,
): Session {
  return { tenantId, actorId, sessionId, createdAtMs, updatedAtMs, lastSequence, incarnation };
}
