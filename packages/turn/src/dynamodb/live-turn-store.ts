/** Turns that can be followed, in DynamoDB: an item for each, and one for each group of its events. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type Problem, type TenantId, tableName } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import type {
  LiveEvents,
  LiveTurn,
  LiveTurnEnding,
  LiveTurnName,
  LiveTurnStore,
} from "../live/live-turn-store.ts";
import { liveTurnsTable } from "../tables.ts";
import { groupsOf, mostEventsOfGroup } from "./event-groups.ts";
import { expiryOf, type LiveTurnsPlace } from "./live-turns-place.ts";

const turnItem = z.object({
  tenantId: z.string(),
  name: z.string(),
  requestId: z.string(),
  bodySha256: z.string(),
  leaseUntilMs: z.number(),
  cancelRequested: z.boolean().default(false),
  followedUntilMs: z.number().default(0),
  /** JSON: a problem's details may hold anything. */
  ending: z.string().optional(),
  eventCount: z.number().optional(),
  expiresAtMs: z.number(),
});

const eventsItem = z.object({ after: z.number(), events: z.string() });

export class DynamoLiveTurnStore implements LiveTurnStore {
  private readonly client: DocumentClient;
  private readonly table: string;
  private readonly place: LiveTurnsPlace;

  constructor(place: LiveTurnsPlace) {
    this.client = place.client;
    this.table = tableName(place.tablePrefix, liveTurnsTable);
    this.place = place;
  }

  async begin(
    turn: Pick<LiveTurn, "tenantId" | "name" | "requestId" | "bodySha256" | "leaseUntilMs">,
  ): Promise<LiveTurn> {
    const { tenantId, name } = turn;
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: { ...turnKey(tenantId, name), ...turn, ...expiryOf(this.place) },
          // What DynamoDB has not deleted yet is gone all the same.
          ConditionExpression: "attribute_not_exists(#owner) OR expiresAtMs <= :now",
          ExpressionAttributeNames: { "#owner": "owner" },
          ExpressionAttributeValues: { ":now": this.place.clock.now() },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) {
        throw error;
      }
    }
    const standing = await this.read(tenantId, name);
    if (!standing) {
      throw new Error(`Turn ${name} was written, but is not there.`);
    }
    return standing;
  }

  async read(tenantId: TenantId, name: LiveTurnName): Promise<LiveTurn | undefined> {
    const { Item } = await this.client.send(
      new GetCommand({ TableName: this.table, Key: turnKey(tenantId, name), ConsistentRead: true }),
    );
    return Item === undefined ? undefined : this.readTurn(Item);
  }

  async append(tenantId: TenantId, name: LiveTurnName, { after, events }: LiveEvents): Promise<void> {
    for (const group of groupsOf(events)) {
      const first = after + group.at;
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: {
            owner: turnKey(tenantId, name).owner,
            record: eventsRecord(first),
            after: first,
            events: JSON.stringify(group.events),
            ...expiryOf(this.place),
          },
        }),
      );
    }
  }

  async list(tenantId: TenantId, name: LiveTurnName, cursor: number): Promise<readonly LiveEvents[]> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        KeyConditionExpression: "#owner = :owner AND #record BETWEEN :first AND :last",
        ExpressionAttributeNames: { "#owner": "owner", "#record": "record" },
        ExpressionAttributeValues: {
          ":owner": turnKey(tenantId, name).owner,
          // Groups are written whole and followers read them whole, but a cursor may lie within one.
          ":first": eventsRecord(Math.max(0, cursor - mostEventsOfGroup)),
          ":last": eventsRecord(9_999_999_999),
        },
        ConsistentRead: true,
      }),
    );
    return Items.flatMap((item) => {
      const { after, events } = eventsItem.parse(item);
      const all = JSON.parse(events) as readonly JsonObject[];
      const skipped = Math.max(0, cursor - after);
      return skipped >= all.length ? [] : [{ after: after + skipped, events: all.slice(skipped) }];
    });
  }

  async renew(tenantId: TenantId, name: LiveTurnName, leaseUntilMs: number): Promise<LiveTurn> {
    const turn = await this.update(tenantId, name, "SET leaseUntilMs = :value", leaseUntilMs);
    if (!turn) {
      throw new Error(`Turn ${name} is gone.`);
    }
    return turn;
  }

  async end(
    tenantId: TenantId,
    name: LiveTurnName,
    ending: LiveTurnEnding,
    eventCount: number,
  ): Promise<void> {
    await this.update(tenantId, name, "SET ending = :value, eventCount = :count", JSON.stringify(ending), {
      ":count": eventCount,
    });
  }

  async requestCancel(tenantId: TenantId, name: LiveTurnName): Promise<boolean> {
    return (await this.update(tenantId, name, "SET cancelRequested = :value", true)) !== undefined;
  }

  async follow(tenantId: TenantId, name: LiveTurnName, followedUntilMs: number): Promise<boolean> {
    return (await this.update(tenantId, name, "SET followedUntilMs = :value", followedUntilMs)) !== undefined;
  }

  /** Undefined where there is no such turn. */
  private async update(
    tenantId: TenantId,
    name: LiveTurnName,
    change: string,
    value: unknown,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<LiveTurn | undefined> {
    try {
      const { Attributes = {} } = await this.client.send(
        new UpdateCommand({
          TableName: this.table,
          Key: turnKey(tenantId, name),
          UpdateExpression: change,
          ConditionExpression: "expiresAtMs > :now",
          ExpressionAttributeValues: { ":value": value, ":now": this.place.clock.now(), ...more },
          ReturnValues: "ALL_NEW",
        }),
      );
      return this.readTurn(Attributes);
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) {
        return undefined;
      }
      throw error;
    }
  }

  private readTurn(item: Record<string, unknown>): LiveTurn | undefined {
    const { ending, eventCount, expiresAtMs, ...turn } = turnItem.parse(item);
    return expiresAtMs <= this.place.clock.now()
      ? undefined
      : {
          ...turn,
          ...(ending === undefined
            ? {}
            : { ending: JSON.parse(ending) as LiveTurnEnding & { problem: Problem } }),
          ...(eventCount === undefined ? {} : { eventCount }),
        };
  }
}

function turnKey(tenantId: TenantId, name: LiveTurnName) {
  return { owner: `${tenantId}#turn#${name}`, record: "turn" };
}

function eventsRecord(after: number): string {
  return `events#${String(after).padStart(10, "0")}`;
}
