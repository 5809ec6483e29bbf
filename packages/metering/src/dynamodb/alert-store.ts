/** Alerts in DynamoDB, and the rules that differ from the default ones. */
import { isDeepStrictEqual } from "node:util";
import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import { type Alert, type AlertId, type AlertOwner, alertRules } from "../alerts/alert.ts";
import { type AlertRuleStore, type OwnAlertRules, watchedLimits } from "../alerts/alert-rule-set.ts";
import type { AlertPage, AlertRecord, AlertStore } from "../alerts/alert-store.ts";
import { alertRulesTable, alertsTable } from "../tables.ts";
import { exactInteger } from "./account-item.ts";
import { dueGroup, VersionedItems } from "./versioned-items.ts";

const delivery = z.object({
  state: z.enum(["pending", "delivered"]),
  attempts: z.number(),
  dueAtMs: z.number(),
  deliveredAtMs: z.number().optional(),
  lastFailure: z.string().optional(),
});

const alertItem = z.object({
  id: z.string(),
  owner: z.string(),
  rule: z.enum(alertRules),
  window: z.string(),
  level: z.string(),
  summary: z.string(),
  facts: z.record(z.string(), z.string()),
  raisedAtMs: z.number(),
  deliveries: z.record(z.string(), delivery),
  deliverAtMs: z.number().optional(),
  version: z.number(),
});

const everyone = "everyone";

export class DynamoAlertStore implements AlertStore {
  private readonly items: VersionedItems;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.items = new VersionedItems({
      client,
      table: tableName(tablePrefix, alertsTable),
      key: "alertId",
      dueIndex: "byDelivery",
      dueSort: "deliverAtMs",
    });
  }

  record(alert: Alert): Promise<boolean> {
    return this.items.add(toItem({ ...alert, deliveries: {}, deliverAtMs: alert.raisedAtMs, version: 1 }));
  }

  async read(id: AlertId): Promise<AlertRecord | undefined> {
    const item = await this.items.read(id);
    return item === undefined ? undefined : alertItem.parse(item);
  }

  due(nowMs: number, limit: number): Promise<readonly AlertId[]> {
    return this.items.due(nowMs, limit);
  }

  async advance(
    { deliveries: _, deliverAtMs: _before, ...record }: AlertRecord,
    progress: Pick<AlertRecord, "deliveries" | "deliverAtMs">,
  ): Promise<AlertRecord | undefined> {
    const next = { ...record, ...progress, version: record.version + 1 };
    return (await this.items.replace(toItem(next), record.version)) ? next : undefined;
  }

  async list({
    owner,
    limit,
    after,
  }: {
    owner?: AlertOwner | undefined;
    limit: number;
    after?: string | undefined;
  }): Promise<AlertPage> {
    const listing =
      owner === undefined
        ? { index: "byTime", group: "listGroup", value: everyone, sort: "raisedAtMs" }
        : { index: "byOwner", group: "owner", value: owner, sort: "raisedAtMs" };
    const { items, next } = await this.items.list(listing, limit, after);
    return {
      alerts: items.map((item) => alertItem.parse(item)),
      ...(next === undefined ? {} : { next }),
    };
  }
}

function toItem(record: AlertRecord) {
  return {
    ...record,
    alertId: record.id,
    listGroup: everyone,
    ...(record.deliverAtMs === undefined ? {} : { dueGroup }),
  };
}

const ruleSet = z.object({
  thresholds: z.object({
    percents: z.array(z.number()),
    counting: z.enum(["settled", "held"]),
    limits: z.enum(watchedLimits),
  }),
  forecast: z.boolean(),
  anomaly: z.object({ floorNanoUsd: exactInteger }).optional(),
});

const rulesItem = z.object({ rules: ruleSet, version: z.number().default(0) });

export class DynamoAlertRuleStore implements AlertRuleStore {
  private readonly client: DocumentClient;
  private readonly table: string;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.client = client;
    this.table = tableName(tablePrefix, alertRulesTable);
  }

  async read(owner: AlertOwner): Promise<OwnAlertRules | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: { owner }, ConsistentRead: true }),
    );
    if (Item === undefined) {
      return undefined;
    }
    const { rules, version } = rulesItem.parse(Item);
    return { ...rules, version };
  }

  async replace(owner: AlertOwner, { version, ...rules }: OwnAlertRules): Promise<boolean> {
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: { owner, rules, version },
          ...(version === 1
            ? { ConditionExpression: "attribute_not_exists(version)" }
            : {
                ConditionExpression: "version = :seen",
                ExpressionAttributeValues: { ":seen": version - 1 },
              }),
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === "ConditionalCheckFailedException") {
        // The SDK repeats a write whose answer was lost, and the repetition finds what the first try wrote.
        return isDeepStrictEqual(await this.read(owner), { ...rules, version });
      }
      throw error;
    }
  }
}
