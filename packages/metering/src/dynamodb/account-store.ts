/** Accounts in DynamoDB: arithmetic and its guard in one conditional write. */
import { GetCommand, paginateQuery, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import {
  type Account,
  type AccountStore,
  type Grant,
  type GrantChange,
  type GrantOutcome,
  type HeldAmount,
  type Hold,
  type HoldOutcome,
  mostOpenHolds,
  type NewHold,
} from "../account-store.ts";
import { freedBy, isMade, isStillToMake, takenBy } from "../grant-change.ts";
import type { AccountLimit } from "../limits.ts";
import { accountsTable } from "../tables.ts";
import { mayFitNow, openAccount, openGroup } from "./account-expressions.ts";
import { accountFromItem, exactInteger, grantPrefix, holdPrefix } from "./account-item.ts";

/** Edits of a limit that may race one hold before it gives up. */
const attempts = 5;

type Values = Record<string, unknown>;

export class DynamoAccountStore implements AccountStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, accountsTable);
  }

  async hold(limit: AccountLimit, hold: NewHold): Promise<HoldOutcome> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const available = await this.tryHold(limit, hold);
      if (available !== undefined) {
        return { held: true, available };
      }
      const account = await this.read(limit.accountId);
      if (account?.holds.some((open) => open.requestId === hold.requestId)) {
        return { held: true, available: account.available };
      }
      if (!mayFitNow(limit, hold.amount, account)) {
        return { held: false, account };
      }
      await this.applyLimit(limit);
    }
    throw new Error(`Account ${limit.accountId} changed ${attempts} times while a hold was tried.`);
  }

  /**
   * A condition cannot add, so `available` is kept beside the limit, and a hold is its own attribute: a first
   * hold then needs no item to exist, and a repeated one is seen by its name.
   */
  private async tryHold(limit: AccountLimit, { requestId, ...hold }: NewHold): Promise<bigint | undefined> {
    const opened = openAccount(limit, hold.expiresAtMs);
    const updated = await this.update(limit.accountId, {
      UpdateExpression:
        `SET available = if_not_exists(available, :limit) - :amount, #hold = :hold, ` +
        `openHolds = if_not_exists(openHolds, :zero) + :one, ${opened.set}`,
      // No parentheses: AND binds before OR, and dynalite's parser takes milliseconds for a nested pair.
      ConditionExpression:
        (hold.amount <= limit.amount ? "attribute_not_exists(accountId) OR " : "") +
        "attribute_not_exists(#hold) AND allowanceVersion >= :version AND available >= :amount AND openHolds < :most",
      ExpressionAttributeNames: { "#hold": `${holdPrefix}${requestId}`, ...opened.names },
      ExpressionAttributeValues: {
        ...opened.values,
        ":amount": hold.amount,
        ":most": mostOpenHolds,
        ":hold": { ...hold, state: "held" },
        ":one": 1,
      },
      ReturnValues: "UPDATED_NEW",
    });
    await this.lookSooner(limit.accountId, updated, hold.expiresAtMs);
    return updated && exactInteger.parse(updated.available);
  }

  async settle(accountId: string, hold: HeldAmount, used: bigint): Promise<void> {
    await this.update(accountId, {
      UpdateExpression:
        "SET available = available + :unused, settled = settled + :used, openHolds = openHolds - :one REMOVE #hold",
      ConditionExpression:
        "#hold.#amount = :amount" +
        (hold.expiresAtMs === undefined ? "" : " AND #hold.expiresAtMs = :expires"),
      ExpressionAttributeNames: { "#hold": `${holdPrefix}${hold.requestId}`, "#amount": "amount" },
      ExpressionAttributeValues: {
        ...(hold.expiresAtMs === undefined ? {} : { ":expires": hold.expiresAtMs }),
        ":amount": hold.amount,
        ":unused": hold.amount - used,
        ":used": used,
        ":one": 1,
      },
    });
  }

  async extend(accountId: string, hold: HeldAmount, more: bigint): Promise<boolean> {
    const names = { "#hold": `${holdPrefix}${hold.requestId}`, "#amount": "amount" };
    const updated = await this.update(accountId, {
      UpdateExpression: "SET available = available - :more, #hold.#amount = :extended",
      ConditionExpression: "#hold.#amount = :amount AND available >= :more",
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ":more": more, ":amount": hold.amount, ":extended": hold.amount + more },
    });
    if (updated) {
      return true;
    }
    const account = await this.read(accountId);
    const standing = account?.holds.find(({ requestId }) => requestId === hold.requestId);
    return more > 0n && standing?.amount === hold.amount + more;
  }

  async keep(accountId: string, hold: HeldAmount, kept: Pick<Hold, "amount" | "expiresAtMs">): Promise<void> {
    await this.update(accountId, {
      UpdateExpression:
        "SET available = available + :unused, #hold.#amount = :kept, #hold.#state = :unresolved, " +
        "#hold.expiresAtMs = :expires, sweepAtMs = :expires",
      ConditionExpression: "#hold.#amount = :amount AND #hold.#state = :held",
      ExpressionAttributeNames: {
        "#hold": `${holdPrefix}${hold.requestId}`,
        "#amount": "amount",
        "#state": "state",
      },
      ExpressionAttributeValues: {
        ":amount": hold.amount,
        ":unused": hold.amount - kept.amount,
        ":kept": kept.amount,
        ":held": "held",
        ":unresolved": "unresolved",
        ":expires": kept.expiresAtMs,
      },
    });
  }

  async changeGrant(limit: AccountLimit, change: GrantChange): Promise<GrantOutcome> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const done = await this.tryChangeGrant(limit, change);
      if (done) {
        return done;
      }
      const account = await this.read(limit.accountId);
      if (account && isMade(account, change)) {
        return { done: true, available: account.available, limitVersion: account.limitVersion };
      }
      const taken = takenBy(change);
      if (!isStillToMake(account, change) || (taken > 0n && !mayFitNow(limit, taken, account))) {
        return { done: false, account };
      }
      await this.applyLimit(limit);
    }
    throw new Error(`Account ${limit.accountId} changed ${attempts} times while a grant was changed.`);
  }

  private async tryChangeGrant(limit: AccountLimit, change: GrantChange): Promise<GrantOutcome | undefined> {
    const { from, to, used, kept } = change;
    const freed = freedBy(change);
    const taken = takenBy(change);
    const sweepAtMs = kept[0]?.expiresAtMs ?? (to ?? from)?.expiresAtMs ?? 0;
    const opened = openAccount(limit, sweepAtMs, kept.length > 0);
    const sets = [
      "available = if_not_exists(available, :limit) + :freed",
      "openHolds = if_not_exists(openHolds, :zero) + :opened",
      opened.set,
      ...kept.map((_, index) => `#hold${index} = :hold${index}`),
      ...(to ? ["#grant = :grant"] : []),
    ];
    const updated = await this.update(limit.accountId, {
      UpdateExpression: `SET ${sets.join(", ")}${to ? "" : " REMOVE #grant"}`,
      ConditionExpression:
        (from === undefined && taken <= limit.amount ? "attribute_not_exists(accountId) OR " : "") +
        (from === undefined ? "attribute_not_exists(#grant)" : "#grant.#changes = :changes") +
        (taken > 0n ? " AND allowanceVersion >= :version AND available >= :taken" : ""),
      ExpressionAttributeNames: {
        ...opened.names,
        "#grant": `${grantPrefix}${(to ?? from)?.id}`,
        ...(from ? { "#changes": "changes" } : {}),
        ...Object.fromEntries(kept.map(({ requestId }, index) => [`#hold${index}`, holdPrefix + requestId])),
      },
      ExpressionAttributeValues: {
        ...opened.values,
        ":freed": freed,
        ":used": used,
        ":opened": kept.length + (to ? 1 : 0) - (from ? 1 : 0),
        ...(from ? { ":changes": from.changes } : {}),
        ...(taken > 0n ? { ":taken": taken } : {}),
        ...(to ? { ":grant": withoutId(to) } : {}),
        ...Object.fromEntries(kept.map(({ requestId: _, ...hold }, index) => [`:hold${index}`, hold])),
      },
      ReturnValues: "ALL_NEW",
    });
    if (!updated) {
      return undefined;
    }
    if (to) {
      await this.lookSooner(limit.accountId, updated, to.expiresAtMs);
    }
    const { available, limitVersion } = accountFromItem(updated);
    return { done: true, available, limitVersion };
  }

  /**
   * A write cannot set the smaller of two times. What expires before all that was open is rare, since processes hold for
   * equally long; a crash before this second write only has it looked at as late as the rest.
   */
  private async lookSooner(accountId: string, written: Values | undefined, sweepAtMs: number): Promise<void> {
    if (Number(written?.sweepAtMs) > sweepAtMs) {
      await this.update(accountId, {
        UpdateExpression: "SET sweepAtMs = :at",
        ConditionExpression: "sweepAtMs > :at",
        ExpressionAttributeValues: { ":at": sweepAtMs },
      });
    }
  }

  async applyLimit(limit: AccountLimit): Promise<void> {
    const account = await this.read(limit.accountId);
    if (!account || account.limitVersion >= limit.version) {
      return;
    }
    // The condition on the version makes the difference right: whoever loses finds the newer limit in place.
    await this.update(limit.accountId, {
      UpdateExpression:
        "SET available = available + :change, allowance = :limit, allowanceVersion = :version",
      ConditionExpression: "allowanceVersion = :seen",
      ExpressionAttributeValues: {
        ":change": limit.amount - account.limit,
        ":limit": limit.amount,
        ":version": limit.version,
        ":seen": account.limitVersion,
      },
    });
  }

  async read(accountId: string): Promise<Account | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: { accountId }, ConsistentRead: true }),
    );
    return Item ? accountFromItem(Item) : undefined;
  }

  async *due(nowMs: number): AsyncIterable<string> {
    const pages = paginateQuery(
      { client: this.client },
      {
        TableName: this.table,
        IndexName: "bySweepTime",
        KeyConditionExpression: "sweepGroup = :open AND sweepAtMs <= :now",
        ExpressionAttributeValues: { ":open": openGroup, ":now": nowMs },
        ProjectionExpression: "accountId",
      },
    );
    for await (const page of pages) {
      for (const { accountId } of page.Items ?? []) {
        yield String(accountId);
      }
    }
  }

  async schedule(
    { accountId, sweepAtMs: seen }: Pick<Account, "accountId" | "sweepAtMs">,
    sweepAtMs: number | undefined,
  ): Promise<void> {
    if (sweepAtMs !== undefined) {
      await this.update(accountId, {
        UpdateExpression: "SET sweepAtMs = :at",
        ConditionExpression: "openHolds > :zero AND sweepAtMs = :seen",
        ExpressionAttributeValues: { ":at": sweepAtMs, ":zero": 0, ":seen": seen ?? 0 },
      });
      return;
    }
    await this.update(accountId, {
      UpdateExpression: "REMOVE sweepAtMs, sweepGroup",
      ConditionExpression: "openHolds = :zero",
      ExpressionAttributeValues: { ":zero": 0 },
    });
  }

  /** One conditional write; undefined when the condition did not hold, else the attributes it was asked for. */
  private async update(
    accountId: string,
    input: Omit<UpdateCommandInput, "TableName" | "Key">,
  ): Promise<Values | undefined> {
    try {
      const { Attributes = {} } = await this.client.send(
        new UpdateCommand({ TableName: this.table, Key: { accountId }, ...input }),
      );
      return Attributes;
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
        return undefined;
      }
      throw error;
    }
  }
}

function withoutId({ id: _, ...grant }: Grant): Omit<Grant, "id"> {
  return grant;
}
