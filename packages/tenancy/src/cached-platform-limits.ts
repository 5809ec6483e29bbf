/** The platform's limits for the path of a call: a copy that is read anew every few seconds. */
import type { Clock, PlatformLimits } from "@caprock/domain";
import type { PlatformLimitsStore } from "./stores.ts";

export interface CachedPlatformLimitsParts {
  readonly store: Pick<PlatformLimitsStore, "read">;
  readonly clock: Clock;
  /** How old a copy may be: an edit is in force everywhere after this long. */
  readonly maxAgeMs: number;
  /** Told when the limits could not be read anew, and an older copy is served. */
  readonly onFailure: (error: unknown) => void;
}

export class CachedPlatformLimits {
  private readonly parts: CachedPlatformLimitsParts;
  private copy: PlatformLimits | undefined;
  private readAtMs = 0;
  private reading: Promise<PlatformLimits> | undefined;

  constructor(parts: CachedPlatformLimitsParts) {
    this.parts = parts;
  }

  /**
   * The limits, read at most `maxAgeMs` ago. Calls that come while they are read wait for one answer. When reading
   * fails, the copy before it is served for another `maxAgeMs`; without one the failure is thrown.
   */
  read(): Promise<PlatformLimits> {
    const ageMs = this.parts.clock.now() - this.readAtMs;
    // A clock that was set back makes a copy from the future, which would be kept for as long.
    if (this.copy && ageMs >= 0 && ageMs < this.parts.maxAgeMs) {
      return Promise.resolve(this.copy);
    }
    this.reading ??= this.readAnew().finally(() => {
      this.reading = undefined;
    });
    return this.reading;
  }

  private async readAnew(): Promise<PlatformLimits> {
    const { store, clock, onFailure } = this.parts;
    // Counted from before the read: what is edited while it runs may not be in it.
    const startedAtMs = clock.now();
    try {
      this.copy = await store.read();
    } catch (error) {
      if (!this.copy) {
        throw error;
      }
      onFailure(error);
    }
    this.readAtMs = startedAtMs;
    return this.copy;
  }
}
