/** Copies of the keys and tenants that call just now, so that a busy key is not read again at every call. */
import type { ApiKey, ApiKeyId, Clock, Refusal, Tenant, TenantId } from "@caprock/domain";
import type { ApiKeyStore, TenantStore } from "./stores.ts";

/** How old a copy may be. The contract states it: what revokes, suspends or ends a key holds everywhere after this long. */
export const callerCopyMaxAgeMs = 1_000;

/** Copies kept at most; more keys than that within a second are read at each call. */
const mostCopies = 10_000;

export interface CallerRecord {
  readonly tenant: Tenant;
  readonly apiKey: ApiKey;
}

interface Copy extends CallerRecord {
  readonly readAtMs: number;
}

export class RecentCallers {
  private readonly clock: Clock;
  private copies = new Map<string, Copy>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  find(tenantId: TenantId, apiKeyId: ApiKeyId): CallerRecord | undefined {
    const copy = this.copies.get(nameOf(tenantId, apiKeyId));
    const ageMs = copy ? this.clock.now() - copy.readAtMs : 0;
    // A clock that was set back makes a copy from the future, which would be kept for as long.
    return copy && ageMs >= 0 && ageMs < callerCopyMaxAgeMs ? copy : undefined;
  }

  /** Drops every copy, and keeps nothing of what is being read: for the process in which an admin has changed something. */
  forget(): void {
    this.copies = new Map();
  }

  /** Reads with `read`, and keeps what is there. The copy's age counts from before the read. */
  async keep<T extends CallerRecord | undefined>(read: () => Promise<T>): Promise<T> {
    const { copies } = this;
    const readAtMs = this.clock.now();
    const record = await read();
    if (record) {
      const name = nameOf(record.tenant.id, record.apiKey.id);
      copies.delete(name);
      copies.set(name, { tenant: record.tenant, apiKey: record.apiKey, readAtMs });
      const [oldest] = copies.keys();
      if (copies.size > mostCopies && oldest !== undefined) {
        copies.delete(oldest);
      }
    }
    return record;
  }
}

export interface CallerReads {
  readonly tenants: Pick<TenantStore, "read">;
  readonly apiKeys: Pick<ApiKeyStore, "read">;
  /** Without it, every call reads its key and tenant. */
  readonly recent?: RecentCallers | undefined;
}

/**
 * Decides on a key and its tenant, by a copy where there is one. Only what lets a caller in may come of a copy: a caller
 * is refused by what stands now, so that a new secret or a resumed tenant is never kept out.
 */
export async function decideOnCaller<T extends object>(
  tenantId: TenantId,
  apiKeyId: ApiKeyId,
  { tenants, apiKeys, recent }: CallerReads,
  decide: (record: CallerRecord | undefined) => T | Refusal,
): Promise<T | Refusal> {
  const copy = recent?.find(tenantId, apiKeyId);
  const decided = copy && decide(copy);
  if (decided && !("refused" in decided)) {
    return decided;
  }
  const read = async (): Promise<CallerRecord | undefined> => {
    const [apiKey, tenant] = await Promise.all([apiKeys.read(tenantId, apiKeyId), tenants.read(tenantId)]);
    return apiKey && tenant && { apiKey, tenant };
  };
  return decide(await (recent ? recent.keep(read) : read()));
}

function nameOf(tenantId: TenantId, apiKeyId: ApiKeyId): string {
  return `${tenantId} ${apiKeyId}`;
}
