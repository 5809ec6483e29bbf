/** The port of what events cost: held for before they are sent, and charged once, whoever crashes where. */
import type { TenantId } from "@caprock/domain";

/** The price of some events, held for by this process. */
export interface EventBill {
  /** Stands in the session's mark while they are sent. */
  readonly billId: string;
  /** They were sent. */
  settle(): Promise<void>;
  /** They are not sent under this bill. */
  release(): Promise<void>;
}

export interface EventMeter {
  /** Holds the price of so many events. Undefined where the tenant's limits do not allow it now. */
  hold(tenantId: TenantId, events: number): Promise<EventBill | undefined>;
  /** Charges a bill that another process held for and may not have charged. Once, however often it is asked and by whom. */
  charge(tenantId: TenantId, billId: string, events: number): Promise<void>;
  /** Whether a bill was not charged in its time: what was held for it may have been given back. */
  isLost(tenantId: TenantId, billId: string): Promise<boolean>;
}

/** For whoever charges nobody for events. */
export const unmetered: EventMeter = {
  async hold() {
    return { billId: "unmetered", settle: async () => undefined, release: async () => undefined };
  },
  async charge() {
    // Nobody is charged.
  },
  async isLost() {
    return false;
  },
};
