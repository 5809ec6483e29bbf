/** Port: reconciliations, those to come and the history of those that were run. */
import type { Reconciliation, ReconciliationSource } from "./reconciliation.ts";

export interface ReconciliationPage {
  readonly reconciliations: readonly Reconciliation[];
  /** Give it as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** Every change is one conditional write on one item. */
export interface ReconciliationStore {
  /** Adds one that is to be run. False when its id is there already. */
  request(reconciliation: Reconciliation): Promise<boolean>;
  read(id: string): Promise<Reconciliation | undefined>;
  /** Ids of what is to be run by `nowMs`, the longest due first. */
  due(nowMs: number, limit: number): Promise<readonly string[]>;
  /** Replaces one as it was read; the version moves on. Undefined when it has changed since. */
  replace(known: Reconciliation, next: Reconciliation): Promise<Reconciliation | undefined>;
  /** The ones asked for last first. Throws a RangeError for an `after` that no page gave. */
  list(wanted: {
    readonly source?: ReconciliationSource | undefined;
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<ReconciliationPage>;
}
