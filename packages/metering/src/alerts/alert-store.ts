/** Port: the alerts that were raised, and how far their delivery is. */
import type { Alert, AlertId, AlertOwner } from "./alert.ts";

/** How far one channel is with one alert. */
export interface Delivery {
  readonly state: "pending" | "delivered";
  /** Counted when an attempt begins: one that was killed counts. */
  readonly attempts: number;
  /** While pending: when it is tried again. During an attempt: when that counts as lost. */
  readonly dueAtMs: number;
  readonly deliveredAtMs?: number;
  /** Why the last attempt failed; never an address or a secret. */
  readonly lastFailure?: string;
}

export interface AlertRecord extends Alert {
  /** By channel; one that was not tried yet is absent. */
  readonly deliveries: Readonly<Record<string, Delivery>>;
  /** When something is to be delivered; absent when every channel is done. */
  readonly deliverAtMs?: number;
  /** Grows with every change, so that of two changes at once one is refused. */
  readonly version: number;
}

export interface AlertPage {
  readonly alerts: readonly AlertRecord[];
  /** Give it as `after` for the next page; absent on the last one. */
  readonly next?: string;
}

/** Every change is one conditional write on one item. */
export interface AlertStore {
  /** Records an alert, due at once. False when one with its id is there already; that one stands. */
  record(alert: Alert): Promise<boolean>;
  read(id: AlertId): Promise<AlertRecord | undefined>;
  /** Ids of alerts with something to deliver by `nowMs`, the longest due first. */
  due(nowMs: number, limit: number): Promise<readonly AlertId[]>;
  /** Sets how far delivery is. Undefined when the record has changed since it was read. */
  advance(
    record: AlertRecord,
    progress: Pick<AlertRecord, "deliveries" | "deliverAtMs">,
  ): Promise<AlertRecord | undefined>;
  /** Newest first; of everyone unless an owner is named. Throws a RangeError for an `after` that no page gave. */
  list(wanted: {
    readonly owner?: AlertOwner | undefined;
    readonly limit: number;
    readonly after?: string | undefined;
  }): Promise<AlertPage>;
}
