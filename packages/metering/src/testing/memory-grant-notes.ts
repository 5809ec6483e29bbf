/** For tests: notes of calls of grants in memory. */
import type { RequestId, TenantId } from "@caprock/domain";
import type { GrantBatch, GrantNotes } from "../grants/grant-notes.ts";

export class MemoryGrantNotes implements GrantNotes {
  private readonly notes = new Map<string, GrantBatch>();

  async note(tenantId: TenantId, requestId: RequestId, grant: GrantBatch): Promise<void> {
    this.notes.set(`${tenantId} ${requestId}`, grant);
  }

  async find(tenantId: TenantId, requestId: RequestId): Promise<GrantBatch | undefined> {
    return this.notes.get(`${tenantId} ${requestId}`);
  }
}
