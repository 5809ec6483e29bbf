/** For the model check: stores as one process sees them, where every call waits for its turn. */
import type { RequestId, TenantId } from "@caprock/domain";
import type { Account, AccountStore, GrantChange, HeldAmount, Hold, NewHold } from "../../account-store.ts";
import type { GrantBatch, GrantNotes } from "../../grants/grant-notes.ts";
import type { InvocationLog, LogRange, WantedInvocations } from "../../invocation-log.ts";
import type { LedgerEntry, LedgerRange, LedgerStore } from "../../ledger-store.ts";
import type { AccountLimit } from "../../limits.ts";

/** Holds a step until it is let on. */
export type Stop = <T>(apply: () => Promise<T>) => Promise<T>;

export class ScheduledAccounts implements AccountStore {
  private readonly real: AccountStore;
  private readonly stop: Stop;

  constructor(real: AccountStore, stop: Stop) {
    this.real = real;
    this.stop = stop;
  }

  hold(limit: AccountLimit, hold: NewHold) {
    return this.stop(() => this.real.hold(limit, hold));
  }

  settle(accountId: string, hold: HeldAmount, used: bigint) {
    return this.stop(() => this.real.settle(accountId, hold, used));
  }

  extend(accountId: string, hold: HeldAmount, more: bigint) {
    return this.stop(() => this.real.extend(accountId, hold, more));
  }

  keep(accountId: string, hold: HeldAmount, kept: Pick<Hold, "amount" | "expiresAtMs">) {
    return this.stop(() => this.real.keep(accountId, hold, kept));
  }

  changeGrant(limit: AccountLimit, change: GrantChange) {
    return this.stop(() => this.real.changeGrant(limit, change));
  }

  applyLimit(limit: AccountLimit) {
    return this.stop(() => this.real.applyLimit(limit));
  }

  read(accountId: string) {
    return this.stop(() => this.real.read(accountId));
  }

  async *due(nowMs: number) {
    yield* await this.stop(() => all(this.real.due(nowMs)));
  }

  schedule(account: Pick<Account, "accountId" | "sweepAtMs">, sweepAtMs: number | undefined) {
    return this.stop(() => this.real.schedule(account, sweepAtMs));
  }
}

export class ScheduledLedger implements LedgerStore {
  private readonly real: LedgerStore;
  private readonly stop: Stop;

  constructor(real: LedgerStore, stop: Stop) {
    this.real = real;
    this.stop = stop;
  }

  record(entry: LedgerEntry) {
    return this.stop(() => this.real.record(entry));
  }

  /** As DynamoDB's, it tells of what failed and does not throw. */
  recordAll(entries: readonly LedgerEntry[]) {
    return this.stop(() => this.real.recordAll(entries)).catch(() => entries);
  }

  correct(entry: LedgerEntry) {
    return this.stop(() => this.real.correct(entry));
  }

  find(tenantId: TenantId, requestId: RequestId) {
    return this.stop(() => this.real.find(tenantId, requestId));
  }

  async *list(tenantId: TenantId, range: LedgerRange) {
    yield* await this.stop(() => all(this.real.list(tenantId, range)));
  }
}

export class ScheduledNotes implements GrantNotes {
  private readonly real: GrantNotes;
  private readonly stop: Stop;

  constructor(real: GrantNotes, stop: Stop) {
    this.real = real;
    this.stop = stop;
  }

  note(tenantId: TenantId, requestId: RequestId, grant: GrantBatch) {
    return this.stop(() => this.real.note(tenantId, requestId, grant));
  }

  find(tenantId: TenantId, requestId: RequestId) {
    return this.stop(() => this.real.find(tenantId, requestId));
  }
}

export class ScheduledLog implements InvocationLog {
  private readonly real: InvocationLog;
  private readonly stop: Stop;

  constructor(real: InvocationLog, stop: Stop) {
    this.real = real;
    this.stop = stop;
  }

  find(wanted: WantedInvocations) {
    return this.stop(() => this.real.find(wanted));
  }

  async *list(range: LogRange) {
    yield* await this.stop(() => all(this.real.list(range)));
  }

  isAlive(sinceMs: number) {
    return this.stop(() => this.real.isAlive(sinceMs));
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) {
    list.push(item);
  }
  return list;
}
