/** Makes a chat without a session searchable, which its caller sends whole each time: what was indexed before is found again. */
import { ChatIndex, type ChatMessage, estimateIndexBytes, textOf } from "@caprock/context";
import type { RequestId, TenantId } from "@caprock/domain";
import type { EventLoopSlices } from "./event-loop-slices.ts";
import type { KeptIndexes } from "./kept-indexes.ts";
import type { Patience } from "./patience.ts";
import { addingAll, indexNewest, type SearchableHistory } from "./searchable-history.ts";

export interface ChatSearchParts {
  readonly kept: KeptIndexes;
  readonly slices: EventLoopSlices;
  readonly patience: Patience;
}

export class ChatSearch {
  readonly #parts: ChatSearchParts;
  /** What another request adds to at the moment. */
  readonly #growing = new WeakSet<ChatIndex>();

  constructor(parts: ChatSearchParts) {
    this.#parts = parts;
  }

  /** Where the index is late, or would be too large, the newest messages are searched, and the others are counted. Never throws. */
  async open(
    requestId: RequestId,
    tenantId: TenantId,
    messages: readonly ChatMessage[],
  ): Promise<SearchableHistory> {
    const { kept, slices, patience } = this.#parts;
    const textBytes = messages.reduce((sum, message) => sum + Buffer.byteLength(textOf(message)), 0);
    if (estimateIndexBytes(messages.length, textBytes) <= kept.mostIndexBytes) {
      const known = kept.ofChat(tenantId, messages);
      const index = this.#growing.has(known) ? new ChatIndex() : known;
      const isThere = await patience.inTime(requestId, () => this.#grow(index, tenantId, messages));
      if (isThere) {
        return { parts: [{ index, firstPlace: 0 }], unsearchedTurns: 0 };
      }
    }
    const newest = await indexNewest(messages, slices);
    return { parts: [newest], unsearchedTurns: newest.firstPlace };
  }

  async #grow(index: ChatIndex, tenantId: TenantId, messages: readonly ChatMessage[]): Promise<boolean> {
    this.#growing.add(index);
    await this.#parts.slices.run(addingAll(messages.slice(index.length), index));
    this.#growing.delete(index);
    this.#parts.kept.keepChat(tenantId, messages, index);
    return true;
  }
}
