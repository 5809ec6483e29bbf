/** The item of each session's summary: the text, and who may make the next one. */
import type { Clock } from "@caprock/domain";
import { z } from "zod";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { SessionSummary, SummaryClaim } from "../sessions/summary-store.ts";
import type { SessionHeads } from "./session-heads.ts";
import { sessionPath } from "./session-items.ts";
import type { TenantItems } from "./tenant-items.ts";

const summaryItem = z.object({
  incarnation: z.string(),
  expiresAtMs: z.number(),
  summary: z
    .object({
      text: z.string(),
      throughSequence: z.number(),
      throughMessage: z.number(),
      oldestAtMs: z.number(),
    })
    .optional(),
  failures: z.number().default(0),
});

const isFree = "attribute_not_exists(claimedBy) OR claimedUntilMs <= :now OR incarnation <> :incarnation";

export class SessionSummaries {
  readonly #items: TenantItems;
  readonly #heads: SessionHeads;
  readonly #clock: Clock;

  constructor(items: TenantItems, heads: SessionHeads, clock: Clock) {
    this.#items = items;
    this.#heads = heads;
    this.#clock = clock;
  }

  async find(session: SessionKey): Promise<SessionSummary | undefined> {
    const head = await this.#heads.read(session);
    return head && (await this.#read(session, head.incarnation))?.summary;
  }

  async claim(session: SessionKey, claimId: string, untilMs: number): Promise<SummaryClaim | undefined> {
    const head = await this.#heads.read(session);
    if (head === undefined) {
      return undefined;
    }
    const { incarnation } = head;
    const nowMs = this.#clock.now();
    // What is there of another incarnation, or has expired, is over.
    const known = await this.#read(session, incarnation);
    const beginsAnew = known?.summary === undefined;
    const forgets = known === undefined ? "summary, failures" : "summary";
    const claimed = await this.#items.update(session, summaryName(session), {
      UpdateExpression: `SET actorId = :actor, sessionId = :session, incarnation = :incarnation, claimedBy = :claim, claimedUntilMs = :until${beginsAnew ? `, expiresAtMs = :expires, #ttl = :ttl REMOVE ${forgets}` : ""}`,
      ConditionExpression: beginsAnew
        ? `(${isFree}) AND (attribute_not_exists(summary) OR expiresAtMs <= :now OR incarnation <> :incarnation)`
        : isFree,
      ...(beginsAnew ? { ExpressionAttributeNames: { "#ttl": "ttl" } } : {}),
      ExpressionAttributeValues: {
        ":actor": session.actorId,
        ":session": session.sessionId,
        ":incarnation": incarnation,
        ":claim": claimId,
        ":until": untilMs,
        ":now": nowMs,
        ...(beginsAnew ? named(this.#heads.life(nowMs)) : {}),
      },
    });
    if (!claimed) {
      return undefined;
    }
    const { summary: previous, failures = 0 } = (await this.#read(session, incarnation)) ?? {};
    return { session, claimId, incarnation, previous, failures };
  }

  keep({ session, claimId, incarnation }: SummaryClaim, summary: SessionSummary): Promise<boolean> {
    return this.#items.update(session, summaryName(session), {
      UpdateExpression:
        "SET summary = :summary, expiresAtMs = :expires, #ttl = :ttl REMOVE claimedBy, claimedUntilMs, failures",
      ConditionExpression: "claimedBy = :claim AND incarnation = :incarnation",
      ExpressionAttributeNames: { "#ttl": "ttl" },
      ExpressionAttributeValues: {
        ":summary": summary,
        ":claim": claimId,
        ":incarnation": incarnation,
        ...named(this.#heads.life(summary.oldestAtMs)),
      },
    });
  }

  /** An item that was there for the claim alone goes with it. */
  async release({ session, claimId }: SummaryClaim): Promise<void> {
    const name = summaryName(session);
    const wasItsOwn = await this.#items.deleteIf(session.tenantId, name, {
      ConditionExpression:
        "claimedBy = :claim AND attribute_not_exists(summary) AND attribute_not_exists(failures)",
      ExpressionAttributeValues: { ":claim": claimId },
    });
    if (!wasItsOwn) {
      await this.#items.update(session, name, {
        UpdateExpression: "REMOVE claimedBy, claimedUntilMs",
        ConditionExpression: "claimedBy = :claim",
        ExpressionAttributeValues: { ":claim": claimId },
      });
    }
  }

  /** The claim stands until then, so that nobody has the next. */
  async postpone({ session, claimId, failures }: SummaryClaim, untilMs: number): Promise<void> {
    await this.#items.update(session, summaryName(session), {
      UpdateExpression: "SET claimedUntilMs = :until, failures = :failures",
      ConditionExpression: "claimedBy = :claim",
      ExpressionAttributeValues: { ":claim": claimId, ":until": untilMs, ":failures": failures + 1 },
    });
  }

  delete(session: SessionKey): Promise<void> {
    return this.#items.delete(session.tenantId, summaryName(session));
  }

  async #read(session: SessionKey, incarnation: string): Promise<z.infer<typeof summaryItem> | undefined> {
    const found = await this.#items.get(session.tenantId, summaryName(session));
    const item = found && summaryItem.parse(found);
    return item?.incarnation === incarnation && item.expiresAtMs > this.#clock.now() ? item : undefined;
  }
}

export function summaryName(session: SessionKey): string {
  return `summary/${sessionPath(session)}`;
}

function named({ expiresAtMs, ttl }: { readonly expiresAtMs: number; readonly ttl: number }) {
  return { ":expires": expiresAtMs, ":ttl": ttl };
}
