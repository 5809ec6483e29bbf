/** Walks adjustments beside the calls they are of, both in the order of arrival. */
import type { RequestId } from "@caprock/domain";
import type { Adjustment } from "./adjustment-store.ts";

export class AdjustmentsByCall {
  private readonly adjustments: AsyncIterator<Adjustment>;
  private next: IteratorResult<Adjustment> | undefined;

  constructor(adjustments: AsyncIterable<Adjustment>) {
    this.adjustments = adjustments[Symbol.asyncIterator]();
  }

  /** The adjustments of a call. Ask for calls in order: what is passed by is gone. */
  async of(requestId: RequestId): Promise<readonly Adjustment[]> {
    const found: Adjustment[] = [];
    this.next ??= await this.adjustments.next();
    while (!this.next.done && this.next.value.requestId <= requestId) {
      if (this.next.value.requestId === requestId) {
        found.push(this.next.value);
      }
      this.next = await this.adjustments.next();
    }
    return found;
  }
}
