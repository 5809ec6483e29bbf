/** Turns that can be followed, in DynamoDB. */
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { type Clock, type Problem, type TenantId, tableName } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import type {
  LiveEvents,
  LiveTurn,
  LiveTurnEnding,
  LiveTurnName,
  LiveTurnStore,
  StoredPart,
} from "../live/live-turn-store.ts";
import { liveTurnsTable } from "../tables.ts";

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
const partItem = z.object({ index: z.number(), text: z.string() });

/** An item holds 400 KB; one with events ends well before. */
const mostEventsBytes = 300_000;

export interface DynamoLiveTurnStoreOptions {
  readonly client: DocumentClient;
  readonly tablePrefix: string;
  readonly clock: Clock;
  /** How long a turn and its events can be read after they were written. */
  readonly keptForMs: number;
}

export class DynamoLiveTurnStore implements LiveTurnStore {
  private readonly client: DocumentClient;
  private readonly table: string;
  private readonly clock: Clock;
  private readonly keptForMs: number;

  constructor({ client, tablePrefix, clock, keptForMs }: DynamoLiveTurnStoreOptions) {
    this.client = client;
    this.table = tableName(tablePrefix, liveTurnsTable);
    this.clock = clock;
    this.keptForMs = keptForMs;
  }

  async begin(
    turn: Pick<LiveTurn, "tenantId" | "name" | "requestId" | "bodySha256" | "leaseUntilMs">,
  ): Promise<LiveTurn> {
    const { tenantId, name } = turn;
    try {
      await this.client.send(
        new PutCommand({
          TableName: this.table,
          Item: { ...turnKey(tenantId, name), ...turn, ...this.expiry() },
          // What DynamoDB has not deleted yet is gone all the same.
          ConditionExpression: "attribute_not_exists(#owner) OR expiresAtMs <= :now",
          ExpressionAttributeNames: { "#owner": "owner" },
          ExpressionAttributeValues: { ":now": this.clock.now() },
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
            ...this.expiry(),
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

  async addPart(
    tenantId: TenantId,
    sender: string,
    { index, count, text }: StoredPart,
  ): Promise<string | undefined> {
    const owner = `${tenantId}#message#${sender}`;
    const record = `part#${String(index).padStart(4, "0")}`;
    await this.client.send(
      new PutCommand({ TableName: this.table, Item: { owner, record, index, text, ...this.expiry() } }),
    );
    const arrived = await this.client.send(
      new UpdateCommand({
        TableName: this.table,
        Key: { owner, record: "parts" },
        UpdateExpression: "ADD #have :index SET expiresAtSeconds = :expires",
        ExpressionAttributeNames: { "#have": "have" },
        ExpressionAttributeValues: {
          ":index": new Set([index]),
          ":expires": this.expiry().expiresAtSeconds,
        },
        ReturnValues: "UPDATED_NEW",
      }),
    );
    const { have } = z.object({ have: z.set(z.number()) }).parse(arrived.Attributes);
    return have.size < count ? undefined : this.joinParts(owner, count);
  }

  private async joinParts(owner: string, count: number): Promise<string | undefined> {
    const texts = new Map<number, string>();
    let start: Record<string, unknown> | undefined;
    do {
      const page = await this.client.send(
        new QueryCommand({
          TableName: this.table,
          KeyConditionExpression: "#owner = :owner AND begins_with(#record, :part)",
          ExpressionAttributeNames: { "#owner": "owner", "#record": "record" },
          ExpressionAttributeValues: { ":owner": owner, ":part": "part#" },
          ConsistentRead: true,
          ExclusiveStartKey: start,
        }),
      );
      for (const item of page.Items ?? []) {
        const part = partItem.parse(item);
        texts.set(part.index, part.text);
      }
      start = page.LastEvaluatedKey;
    } while (start);
    const pieces = Array.from({ length: count }, (_, at) => texts.get(at));
    return pieces.includes(undefined) ? undefined : pieces.join("");
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
          ExpressionAttributeValues: { ":value": value, ":now": this.clock.now(), ...more },
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
    return expiresAtMs <= this.clock.now()
      ? undefined
      : {
          ...turn,
          ...(ending === undefined
            ? {}
            : { ending: JSON.parse(ending) as LiveTurnEnding & { problem: Problem } }),
          ...(eventCount === undefined ? {} : { eventCount }),
        };
  }

  private expiry() {
    const expiresAtMs = this.clock.now() + this.keptForMs;
    return { expiresAtMs, expiresAtSeconds: Math.ceil(expiresAtMs / 1_000) };
  }
}

const mostEventsOfGroup = 500;

function turnKey(tenantId: TenantId, name: LiveTurnName) {
  return { owner: `${tenantId}#turn#${name}`, record: "turn" };
}

function eventsRecord(after: number): string {
  return `events#${String(after).padStart(10, "0")}`;
}

/** Groups that each fit an item, with how many events stand before each. */
function* groupsOf(
  events: readonly JsonObject[],
): Generator<{ readonly at: number; readonly events: readonly JsonObject[] }> {
  let at = 0;
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    const more = Buffer.byteLength(JSON.stringify(event));
    if (index > at && (bytes + more > mostEventsBytes || index - at === mostEventsOfGroup)) {
      yield { at, events: events.slice(at, index) };
      at = index;
      bytes = 0;
    }
    bytes += more;
  }
  if (events.length > at) {
    yield { at, events: events.slice(at) };
  }
}
