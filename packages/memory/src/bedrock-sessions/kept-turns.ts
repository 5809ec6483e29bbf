/**
 * Puts turns into volumes and takes them out again. Bedrock deletes no single step: a turn is forgotten by moving the
 * others of its volume into another one and deleting what is left.
 */
import type { Clock } from "@caprock/domain";
import { turnName } from "../dynamodb/session-items.ts";
import type { TenantItems } from "../dynamodb/tenant-items.ts";
import type { Incarnation } from "../dynamodb/turn-index.ts";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { BedrockTexts } from "./bedrock-texts.ts";
import {
  bedrockSessionOf,
  pointerName,
  turnItem,
  turnsPrefix,
  type VolumePlace,
  volumesPointer,
} from "./turn-items.ts";
import type { Volumes } from "./volumes.ts";

/** A turn by its place in its session. */
export interface PlacedTurn extends Incarnation {
  readonly session: SessionKey;
  readonly sequence: number;
  readonly turnId: string;
  readonly atMs: number;
}

export interface KeptTurnsParts {
  readonly items: TenantItems;
  readonly volumes: Volumes;
  readonly texts: BedrockTexts;
  readonly clock: Clock;
  /** When what is written at a time expires. */
  readonly life: (nowMs: number) => { readonly expiresAtMs: number; readonly ttl: number };
}

export class KeptTurns {
  readonly #items: TenantItems;
  readonly #volumes: Volumes;
  readonly #texts: BedrockTexts;
  readonly #clock: Clock;
  readonly #life: KeptTurnsParts["life"];

  constructor({ items, volumes, texts, clock, life }: KeptTurnsParts) {
    this.#items = items;
    this.#volumes = volumes;
    this.#texts = texts;
    this.#clock = clock;
    this.#life = life;
  }

  /** Writes a turn's text into a volume; its item does not lead there yet. Undefined when the session is gone. */
  async write(turn: PlacedTurn, text: string): Promise<VolumePlace | undefined> {
    for (;;) {
      const found = await this.#volumes.forWriting(turn);
      if (found === undefined) {
        return undefined;
      }
      const { volume, isNew } = found;
      await this.#noteVolume(turn, volume);
      const description = `turn ${turn.sequence}`;
      const written = await this.#texts.write(bedrockSessionOf(volume), {
        text,
        atMs: turn.atMs,
        description,
      });
      if (!("refusedBy" in written)) {
        return { volume, ...written };
      }
      if (isNew && (await this.#volumes.stays(turn, volume))) {
        throw written.refusedBy;
      }
      await this.#volumes.close(turn, volume);
    }
  }

  /**
   * Moves a turn on until the volume that its item leads to stays. Whoever empties a volume marks it first and moves what
   * is in it then, and whoever puts a turn into it looks for the mark afterwards: one of the two sees the other.
   */
  async settle(turn: PlacedTurn, text: string, volume: string): Promise<void> {
    let from = volume;
    while (!(await this.#volumes.stays(turn, from))) {
      const place = await this.write(turn, text);
      if (place === undefined) {
        return;
      }
      if (!(await this.#lead(turn, from, place))) {
        const now = await this.#items.get(turn.session.tenantId, nameOf(turn));
        if (now?.turnId !== turn.turnId) {
          // It was deleted meanwhile, perhaps by who did not know yet where it was being moved to.
          await this.forget(turn, turn.turnId);
        }
        return;
      }
      from = place.volume;
    }
  }

  /** Removes what was ever written of a turn whose item no longer names it. */
  async forget(of: Incarnation, turnId: string): Promise<void> {
    const { tenantId } = of.session;
    for (;;) {
      const found = await this.#items.get(tenantId, pointerName(turnId));
      if (found === undefined) {
        return;
      }
      const { volumes } = volumesPointer.parse(found);
      for (const volume of volumes) {
        await this.#empty(of, volume);
      }
      const isDone = await this.#items.deleteIf(tenantId, pointerName(turnId), {
        ConditionExpression: "size(volumes) = :volumes",
        ExpressionAttributeValues: { ":volumes": volumes.size },
      });
      if (isDone) {
        return;
      }
    }
  }

  async #empty(of: Incarnation, volume: string): Promise<void> {
    if (!(await this.#volumes.beginEmptying(of, volume))) {
      return;
    }
    for await (const found of this.#items.itemsBelow(of.session.tenantId, turnsPrefix(of))) {
      const { turnId, place, sequence, atMs, expiresAtMs } = turnItem.parse(found);
      if (turnId !== undefined && place?.volume === volume && expiresAtMs > this.#clock.now()) {
        const text = await this.#texts.read(bedrockSessionOf(volume), place);
        // Otherwise somebody else has moved it, and what was left is gone.
        if (text !== undefined) {
          await this.settle({ ...of, turnId, sequence, atMs }, text, volume);
        }
      }
    }
    await this.#volumes.remove(of, volume);
  }

  async #noteVolume(turn: PlacedTurn, volume: string): Promise<void> {
    const { session, incarnation, sequence, turnId, atMs } = turn;
    const { expiresAtMs, ttl } = this.#life(atMs);
    await this.#items.update(session, pointerName(turnId), {
      UpdateExpression:
        "SET actorId = :actor, sessionId = :session, incarnation = :incarnation, #sequence = :sequence, expiresAtMs = :expires, #ttl = :ttl ADD volumes :volumes",
      ExpressionAttributeNames: { "#sequence": "sequence", "#ttl": "ttl" },
      ExpressionAttributeValues: {
        ":actor": session.actorId,
        ":session": session.sessionId,
        ":incarnation": incarnation,
        ":sequence": sequence,
        ":expires": expiresAtMs,
        ":ttl": ttl,
        ":volumes": new Set([volume]),
      },
    });
  }

  /** False when the turn was deleted, or somebody else has moved it. */
  #lead(turn: PlacedTurn, from: string, place: VolumePlace): Promise<boolean> {
    return this.#items.update(turn.session, nameOf(turn), {
      UpdateExpression: "SET place = :place",
      ConditionExpression: "turnId = :turn AND place.volume = :from",
      ExpressionAttributeValues: { ":place": place, ":turn": turn.turnId, ":from": from },
    });
  }
}

function nameOf({ session, incarnation, sequence }: PlacedTurn): string {
  return turnName(session, incarnation, sequence);
}
