/** The worker's roll-ups: usage of hours that are over, made ready for reports every few minutes. */
import { type RollUpParts, type RollUpReport, rollUpUsage } from "@caprock/metering";

/** Hours become due by the hour; what was written to late, after ten minutes. */
const intervalMs = 5 * 60_000;

/** Keeps when the next round is due; how far each tenant is rolled up is in the store, so that any number may run. */
export class RollUps {
  private readonly parts: RollUpParts;
  private dueMs = 0;

  constructor(parts: RollUpParts) {
    this.parts = parts;
  }

  /** Undefined when no round is due yet. */
  async round(): Promise<RollUpReport | undefined> {
    const nowMs = this.parts.clock.now();
    if (nowMs < this.dueMs) {
      return undefined;
    }
    this.dueMs = nowMs + intervalMs;
    return rollUpUsage(this.parts);
  }
}
