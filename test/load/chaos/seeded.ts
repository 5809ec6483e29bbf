/** Chance that can be repeated: the same seed makes the same choices. */
import { setTimeout as wait } from "node:timers/promises";

export class Seeded {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** A generator of its own for each part of a scenario, so that one part's choices do not depend on another's pace. */
  static of(seed: number, part: string, index = 0): Seeded {
    let hash = 2_166_136_261 ^ seed;
    for (const character of `${part} ${index}`) {
      hash = Math.imul(hash ^ character.charCodeAt(0), 16_777_619);
    }
    return new Seeded(hash);
  }

  /** In [0, 1). The generator is mulberry32. */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) {
      throw new RangeError("There is nothing to pick from.");
    }
    return item;
  }

  /** Waits for some time within the range; returns at once when `signal` fires. */
  async pause(leastMs: number, mostMs: number, signal: AbortSignal): Promise<void> {
    await wait(this.between(leastMs, mostMs), undefined, { signal }).catch(() => undefined);
  }
}
