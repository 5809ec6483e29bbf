/**
 * A session's volumes: the Bedrock sessions in which its turns are, one after another, because a Bedrock session expires
 * when it is idle for an hour, holds a thousand steps, and is deleted when it is 30 days old.
 */
import type { Clock, TenantId } from "@caprock/domain";
import type { SessionHeads } from "../dynamodb/session-heads.ts";
import type { TenantItems } from "../dynamodb/tenant-items.ts";
import type { Incarnation } from "../dynamodb/turn-index.ts";
import type { BedrockTexts } from "./bedrock-texts.ts";
import { bedrockSessionOf, volumeItem, volumeOf, volumesPrefix } from "./turn-items.ts";

const dayMs = 86_400_000;
/** Bedrock deletes a session when it is this old, whatever was put into it last. */
const bedrockKeepsMs = 30 * dayMs;
/** A volume takes turns for this long, so that its last one too is kept for as long as any is. */
const takesTurnsMs = dayMs;
/** The longest that a turn can be kept here. */
export const mostKeptMs = bedrockKeepsMs - takesTurnsMs;

export interface VolumesParts {
  readonly items: TenantItems;
  readonly heads: SessionHeads;
  readonly texts: BedrockTexts;
  readonly clock: Clock;
}

export class Volumes {
  readonly #items: TenantItems;
  readonly #heads: SessionHeads;
  readonly #texts: BedrockTexts;
  readonly #clock: Clock;

  constructor({ items, heads, texts, clock }: VolumesParts) {
    this.#items = items;
    this.#heads = heads;
    this.#texts = texts;
    this.#clock = clock;
  }

  /** The volume to write into, made if there is none that takes more. Undefined when the session is gone. */
  async forWriting(
    of: Incarnation,
  ): Promise<{ readonly volume: string; readonly isNew: boolean } | undefined> {
    const prefix = volumesPrefix(of);
    const newestFirst = this.#items.between(of.session.tenantId, prefix, `${prefix}~`, {
      pageSize: 10,
      forward: false,
    });
    for await (const found of newestFirst) {
      const { item, createdAtMs, isClosed, isEmptied } = volumeItem.parse(found);
      if (createdAtMs + takesTurnsMs <= this.#clock.now()) {
        break;
      }
      // One that was made by a process whose clock is ahead comes first, and may be closed for all that.
      if (!isClosed && !isEmptied) {
        return { volume: item.slice(prefix.length), isNew: false };
      }
    }
    const volume = await this.#make(of);
    return volume === undefined ? undefined : { volume, isNew: true };
  }

  /** Notes that it takes no more, so that nobody tries again. */
  async close(of: Incarnation, volume: string): Promise<void> {
    await this.#mark(of, volume, "isClosed");
  }

  /** Whether what is in it stays: it is there, and nobody empties it. */
  async stays(of: Incarnation, volume: string): Promise<boolean> {
    const found = await this.#items.get(of.session.tenantId, `${volumesPrefix(of)}${volume}`);
    return found !== undefined && !volumeItem.parse(found).isEmptied;
  }

  /** Whether what a turn's item leads to in it must be there: neither it nor its session is about to go. */
  async mustHold(of: Incarnation, volume: string): Promise<boolean> {
    return (await this.stays(of, volume)) && (await this.#isAlive(of));
  }

  /** From now on nobody leaves a turn in it without moving it on. False when it has gone already. */
  beginEmptying(of: Incarnation, volume: string): Promise<boolean> {
    return this.#mark(of, volume, "isEmptied");
  }

  remove(of: Incarnation, volume: string): Promise<void> {
    return this.removeAt(of.session.tenantId, `${volumesPrefix(of)}${volume}`);
  }

  /** By its item's name. That goes last: as long as it is there, so may be what was said. */
  async removeAt(tenantId: TenantId, item: string): Promise<void> {
    await this.#texts.delete(bedrockSessionOf(item.slice(item.lastIndexOf("/") + 1)));
    await this.#items.delete(tenantId, item);
  }

  /** Its item is there before anything is said in it, so that nothing of what is said is in a session that nobody knows. */
  async #make(of: Incarnation): Promise<string | undefined> {
    const { session, incarnation } = of;
    if (!(await this.#isAlive(of))) {
      return undefined;
    }
    const createdAtMs = this.#clock.now();
    // Nothing of the actor: a session that is made and not noted, by who dies then, tells of nobody.
    const bedrockSessionId = await this.#texts.create({
      caprock_tenant: session.tenantId,
      caprock_incarnation: incarnation,
    });
    const volume = volumeOf(bedrockSessionId, createdAtMs);
    await this.#items.put({
      tenantId: session.tenantId,
      item: `${volumesPrefix(of)}${volume}`,
      createdAtMs,
      // Longer than Bedrock keeps it, so that whoever forgets finds all that there still is.
      ttl: Math.ceil((createdAtMs + bedrockKeepsMs + dayMs) / 1_000),
    });
    // Whoever deletes a session deletes its head first and looks for its volumes then: one of the two sees the other.
    if (await this.#isAlive(of)) {
      return volume;
    }
    await this.remove(of, volume);
    return undefined;
  }

  async #isAlive({ session, incarnation }: Incarnation): Promise<boolean> {
    return (await this.#heads.read(session))?.incarnation === incarnation;
  }

  #mark(of: Incarnation, volume: string, mark: "isClosed" | "isEmptied"): Promise<boolean> {
    return this.#items.update(of.session, `${volumesPrefix(of)}${volume}`, {
      UpdateExpression: `SET ${mark} = :yes`,
      ConditionExpression: "attribute_exists(tenantId)",
      ExpressionAttributeValues: { ":yes": true },
    });
  }
}
