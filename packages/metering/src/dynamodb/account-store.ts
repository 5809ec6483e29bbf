/** Accounts in DynamoDB: arithmetic and its guard in one conditional write. */
import { GetCommand, paginateQuery, UpdateCommand, type UpdateCommandInput } from "@aws-sdk/lib-dynamodb";
import { type DocumentClient, tableName } from "@caprock/platform";
import type { Account, AccountStore, Hold, HoldOutcome } from "../account-store.ts";
import type { Limit } from "../limits.ts";
import { accountsTable } from "../tables.ts";
import { accountFromItem, holdPrefix, type StoredAccount } from "./account-item.ts";

const openGroup = "open";
const keepClosedMinutesMs = 2 * 24 * 3_600_000;

/** Edits of a limit that may race one hold before it gives up. */
const attempts = 5;

export class DynamoAccountStore implements AccountStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, accountsTable);
  }

  async hold(limit: Limit, hold: Pick<Hold, "requestId" | "amount" | "expiresAtMs">): Promise<HoldOutcome> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      if (await this.tryHold(limit, hold)) {
        return { held: true };
      }
      const account = await this.readStored(limit.accountId);
      if (account?.holds.some((open) => open.requestId === hold.requestId)) {
        return { held: true };
      }
      if (
        !account
          ? hold.amount > limit.amount
          : account.limitVersion >= limit.version && account.available < hold.amount
      ) {
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
  private tryHold(limit: Limit, hold: Pick<Hold, "requestId" | "amount" | "expiresAtMs">): Promise<boolean> {
    const fits = "attribute_not_exists(#hold) AND allowanceVersion >= :version AND available >= :amount";
    // No parentheses: AND binds before OR, and dynalite's parser takes milliseconds for a nested pair.
    const condition = hold.amount <= limit.amount ? `attribute_not_exists(accountId) OR ${fits}` : fits;
    return this.update(limit.accountId, {
      UpdateExpression:
        "SET available = if_not_exists(available, :limit) - :amount, #hold = :hold, " +
        "allowance = if_not_exists(allowance, :limit), allowanceVersion = if_not_exists(allowanceVersion, :version), " +
        "settled = if_not_exists(settled, :zero), openHolds = if_not_exists(openHolds, :zero) + :one, " +
        "tenantId = :tenant, #unit = :unit, sweepGroup = :open, sweepAtMs = if_not_exists(sweepAtMs, :expires)" +
        (limit.window.kind === "minute" ? ", deleteAfterSeconds = :deleteAfter" : ""),
      ConditionExpression: condition,
      ExpressionAttributeNames: { "#hold": `${holdPrefix}${hold.requestId}`, "#unit": "unit" },
      ExpressionAttributeValues: {
        ":limit": limit.amount,
        ":version": limit.version,
        ":amount": hold.amount,
        ":hold": { amount: hold.amount, expiresAtMs: hold.expiresAtMs, state: "held" },
        ":expires": hold.expiresAtMs,
        ":tenant": limit.tenantId,
        ":unit": limit.unit,
        ":open": openGroup,
        ":zero": 0,
        ":one": 1,
        ...(limit.window.kind === "minute"
          ? { ":deleteAfter": Math.ceil((limit.window.endMs + keepClosedMinutesMs) / 1000) }
          : {}),
      },
    });
  }

  async settle(accountId: string, hold: Pick<Hold, "requestId" | "amount">, used: bigint): Promise<void> {
    await this.update(accountId, {
      UpdateExpression:
        "SET available = available + :unused, settled = settled + :used, openHolds = openHolds - :one REMOVE #hold",
      ConditionExpression: "#hold.#amount = :amount",
      ExpressionAttributeNames: { "#hold": `${holdPrefix}${hold.requestId}`, "#amount": "amount" },
      ExpressionAttributeValues: {
        ":amount": hold.amount,
        ":unused": hold.amount - used,
        ":used": used,
        ":one": 1,
      },
    });
  }

  async keep(
    accountId: string,
    hold: Pick<Hold, "requestId" | "amount">,
    kept: Pick<Hold, "amount" | "expiresAtMs">,
  ): Promise<void> {
    await this.update(accountId, {
      UpdateExpression: "SET available = available + :unused, #hold = :kept, sweepAtMs = :expires",
      ConditionExpression: "#hold.#amount = :amount AND #hold.#state = :held",
      ExpressionAttributeNames: {
        "#hold": `${holdPrefix}${hold.requestId}`,
        "#amount": "amount",
        "#state": "state",
      },
      ExpressionAttributeValues: {
        ":amount": hold.amount,
        ":unused": hold.amount - kept.amount,
        ":kept": { amount: kept.amount, expiresAtMs: kept.expiresAtMs, state: "unresolved" },
        ":held": "held",
        ":expires": kept.expiresAtMs,
      },
    });
  }

  async applyLimit(limit: Limit): Promise<void> {
    const account = await this.readStored(limit.accountId);
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

  read(accountId: string): Promise<Account | undefined> {
    return this.readStored(accountId);
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

  private async readStored(accountId: string): Promise<StoredAccount | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: { accountId }, ConsistentRead: true }),
    );
    return Item ? accountFromItem(Item) : undefined;
  }

  /** One conditional write; false when the condition did not hold. */
  private async update(
    accountId: string,
    input: Omit<UpdateCommandInput, "TableName" | "Key">,
  ): Promise<boolean> {
    try {
      await this.client.send(new UpdateCommand({ TableName: this.table, Key: { accountId }, ...input }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
        return false;
      }
      throw error;
    }
  }
}
