/** One process's grant on one account: what of it is free, what calls in flight hold, and what is to be written. */
import type { Clock } from "@caprock/domain";
import type { AccountStore, Grant, GrantChange, GrantId, Hold } from "../account-store.ts";
import type { Limit } from "../limits.ts";

export interface AccountGrantParts {
  readonly accounts: AccountStore;
  readonly clock: Clock;
  readonly holdTtlMs: number;
  readonly grantId: GrantId;
  /** Counts the changes of the process: no two have one number, so that a write that comes late fits none. */
  readonly nextChange: () => number;
  /** Told of a write that failed; it is tried again. */
  readonly onFailure: (accountId: string, error: unknown) => void;
}

/**
 * A grant never takes more than this share of what is available: what several processes have set aside must leave
 * room for others, and shrinks to nothing as the limit nears. Then calls are let through one by one.
 */
const shareOfAvailable = 8n;

/**
 * The share of its life that a grant must have left for a call to be let through by it: more than a call may take
 * (see `shareOfHold` in turn), so that a grant does not expire under a call.
 */
const lifeLeftForCall = 0.85;

/** An update expression is limited to 4 KB (DynamoDB developer guide, "Constraints"), some 20 bytes for each hold. */
const mostKeptAtOnce = 100;

/**
 * An empty grant stays for a while before it is removed: a write that made it, and comes late, must not make it again
 * when the process believes it gone. The SDK gives up on a write long before.
 */
const emptyGrantMs = 60_000;

/** A grant in use is renewed well before that: at this share of its life. */
const renewalAge = 0.05;

export class AccountGrant {
  limit: Limit;
  private readonly parts: AccountGrantParts;
  /** The grant as the account has it; undefined while there is none. */
  private stored: Grant | undefined;
  /** What may still be handed out. */
  private free = 0n;
  /** What calls in flight hold. */
  private reserved = 0n;
  /** What calls that ended have used, or keep, and the account has not been told. */
  private used = 0n;
  private kept: Hold[] = [];
  private batch: number;
  /** What was last known to be available on the account besides the grant. */
  private available: bigint;
  /** What the account is asked to add to what is free. */
  private wanted = 0n;
  /** A change that may or may not have been made: to be tried again as it is, before any other. */
  private unanswered: GrantChange | undefined;
  private writing: Promise<void> | undefined;
  private isAdopting = false;

  /** `batch` is the last batch of the process that has nothing to do with this grant. */
  constructor(limit: Limit, batch: number, parts: AccountGrantParts) {
    this.limit = limit;
    this.batch = batch;
    this.available = limit.amount;
    this.parts = parts;
  }

  /** What may remain for calls to come: free here, or available on the account as far as is known. */
  get remaining(): bigint {
    return this.available + this.free;
  }

  /** Whether nothing is left of it, here or on the account. */
  get isEmpty(): boolean {
    return (
      this.stored === undefined &&
      this.reserved === 0n &&
      this.used === 0n &&
      this.kept.length === 0 &&
      this.unanswered === undefined &&
      this.writing === undefined
    );
  }

  /** Whether what is free here may be what a call of `amount` misses on the account. */
  isMissedBy(amount: bigint): boolean {
    return this.free > 0n && this.available < amount * shareOfAvailable;
  }

  /** Whether another group of calls might need more holds of their own than one write can make. */
  get isCrowded(): boolean {
    return this.kept.length > mostKeptAtOnce / 2;
  }

  canTake(limit: Limit, amount: bigint): boolean {
    return (
      !this.isAdopting &&
      limit.version <= this.limit.version &&
      this.free >= amount &&
      this.stored !== undefined &&
      this.stored.expiresAtMs - this.parts.clock.now() >= this.parts.holdTtlMs * lifeLeftForCall
    );
  }

  take(amount: bigint): void {
    this.free -= amount;
    this.reserved += amount;
  }

  /** Gives back what a call took that did not run. */
  release(amount: bigint): void {
    this.reserved -= amount;
    this.free += amount;
  }

  /** A call that took `amount` has used `used` of it; its ledger entry is in `batch`. */
  settle(amount: bigint, used: bigint, batch = this.batch): void {
    this.reserved -= amount;
    this.free += amount - used;
    this.used += used;
    this.batch = batch;
  }

  /** A call that took `amount` keeps a hold of its own, because its cost is not known. */
  keep(amount: bigint, hold: Hold, batch = this.batch): void {
    this.reserved -= amount;
    this.free += amount - hold.amount;
    this.kept.push(hold);
    this.batch = batch;
  }

  /** What the account was seen to have left. */
  saw(available: bigint): void {
    this.available = available;
  }

  /**
   * Asks the account for `amount` and for what is likely to be asked soon. False when a grant is not for it to
   * have: too little is available for more than a call or two.
   */
  async grow(limit: Limit, amount: bigint, demand: bigint): Promise<boolean> {
    await this.adopt(limit);
    for (let attempt = 0; attempt < 2 && !this.canTake(limit, amount); attempt += 1) {
      const size = smaller(larger(demand, amount), this.available / shareOfAvailable);
      if (size < amount) {
        return false;
      }
      this.wanted = larger(this.wanted, size);
      await this.write();
    }
    return this.canTake(limit, amount);
  }

  /** Gives back everything that is free. */
  async shrink(): Promise<void> {
    await this.write({ keepFree: 0n });
  }

  /** A round of housekeeping: writes what is to be written, renews, and gives back what the demand does not need. */
  async tend(demand: bigint): Promise<void> {
    const keepFree = smaller(demand, larger(this.available + this.free, 0n) / shareOfAvailable);
    await this.write(this.free > keepFree * 2n ? { keepFree } : {});
  }

  /** Takes over a newer version of the limit: what was free under the old one is not to be handed out. */
  private async adopt(limit: Limit): Promise<void> {
    if (limit.version <= this.limit.version) {
      return;
    }
    this.limit = limit;
    this.isAdopting = true;
    try {
      await this.parts.accounts.applyLimit(limit);
      if (this.stored) {
        await this.write({ keepFree: 0n });
      }
    } finally {
      this.isAdopting = false;
    }
  }

  /** Writes what is to be written, one write at a time; resolves when what was asked for before has been tried. */
  async write(options: { readonly keepFree?: bigint } = {}): Promise<void> {
    while (this.writing) {
      await this.writing;
    }
    this.writing = this.writeOnce(options.keepFree);
    try {
      await this.writing;
    } finally {
      this.writing = undefined;
    }
  }

  private async writeOnce(keepFree: bigint | undefined): Promise<void> {
    try {
      if (this.unanswered) {
        await this.make(this.unanswered);
      }
      const change = this.nextChange(keepFree);
      if (change) {
        await this.make(change);
      }
    } catch (error) {
      this.parts.onFailure(this.limit.accountId, error);
    }
  }

  /** Everything that the account has not been told, as one change; undefined when there is nothing to tell. */
  private nextChange(keepFree: bigint | undefined): GrantChange | undefined {
    const { clock, grantId, holdTtlMs, nextChange } = this.parts;
    const grow = this.wanted > this.free ? this.wanted - this.free : 0n;
    this.wanted = 0n;
    const free = keepFree !== undefined && keepFree < this.free ? larger(keepFree, 0n) : this.free + grow;
    const kept = this.kept.slice(0, mostKeptAtOnce);
    const left = this.kept.slice(mostKeptAtOnce);
    const amount = larger(free + this.reserved + sumOf(left), 0n);
    const nowMs = clock.now();
    const ageMs = this.stored ? nowMs - this.stored.writtenAtMs : 0;
    const isNew = this.used > 0n || this.kept.length > 0 || amount !== (this.stored?.amount ?? 0n);
    const isDue = amount === 0n ? ageMs >= emptyGrantMs : ageMs >= holdTtlMs * renewalAge;
    if (!isNew && !isDue) {
      return undefined;
    }
    const to: Grant = {
      id: grantId,
      amount,
      changes: nextChange(),
      batch: this.batch,
      writtenAtMs: nowMs,
      expiresAtMs: nowMs + holdTtlMs,
    };
    const change = {
      from: this.stored,
      to: isNew || amount > 0n ? to : undefined,
      used: this.used,
      kept,
    };
    // Until the answer is there, what is given back is not to be handed out, and what is added is not there yet.
    this.free = smaller(free, this.free);
    this.used = 0n;
    this.kept = left;
    return change;
  }

  private async make(change: GrantChange): Promise<void> {
    this.unanswered = change;
    const outcome = await this.parts.accounts.changeGrant(this.limit, change);
    this.unanswered = undefined;
    if (outcome.done) {
      const before = (change.from?.amount ?? 0n) - change.used - sumOf(change.kept);
      const grown = (change.to?.amount ?? 0n) - before;
      this.free += grown > 0n ? grown : 0n;
      this.stored = change.to;
      this.available = outcome.available;
      return;
    }
    this.available = outcome.account?.available ?? this.limit.amount;
    const standing = outcome.account?.grants.find(({ id }) => id === this.parts.grantId);
    if (change.from && standing?.changes !== change.from.changes) {
      // It expired, and was settled by the ledger: nothing of it is left, and there is nothing to tell.
      this.stored = undefined;
      this.free = 0n;
      return;
    }
    // Only what it was to grow by is missing; what calls have used is told without it.
    if (change.from && (change.used > 0n || change.kept.length > 0)) {
      const amount = change.from.amount - change.used - sumOf(change.kept);
      await this.make({ ...change, to: change.to && { ...change.to, amount } });
    }
  }
}

function sumOf(holds: readonly Hold[]): bigint {
  return holds.reduce((sum, { amount }) => sum + amount, 0n);
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
