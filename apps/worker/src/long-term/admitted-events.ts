/** Meters events of long-term memory to their tenant: admitted under its limits on money, each bill one entry in the ledger. */
import {
  type Clock,
  newRequestId,
  type PlatformLimits,
  type Random,
  requestArrivalMs,
} from "@caprock/domain";
import type { EventBill, EventMeter } from "@caprock/memory";
import {
  type Admission,
  agentCoreMemoryId,
  type LedgerEntry,
  type LedgerStore,
  memoryReceipt,
  type PriceBook,
} from "@caprock/metering";
import type { TenantStore } from "@caprock/tenancy";

/** The wire of an ingestion's receipt. */
const ingestionWire = "caprock.ingestion";

/** Turns of several keys may go into one event: it is Caprock's own work, and counts to no key and no application. */
const noKey = { apiKeyId: "caprock", application: "caprock" };

export interface AdmittedEventsParts {
  readonly admission: Admission;
  readonly ledger: Pick<LedgerStore, "find" | "record">;
  readonly tenants: Pick<TenantStore, "read">;
  readonly platformLimits: () => Promise<PlatformLimits>;
  readonly priceBook: PriceBook;
  readonly clock: Clock;
  readonly random: Random;
  /** The life of a hold: until it is over, who holds may still settle. */
  readonly holdTtlMs: number;
}

/** A bill is named by the request id of its entry, which tells when it was held for, and so which month pays. */
export class AdmittedEvents implements EventMeter {
  private readonly parts: AdmittedEventsParts;

  constructor(parts: AdmittedEventsParts) {
    this.parts = parts;
  }

  /** Undefined too for a tenant that is gone. Asks for money alone: requests that wait are not to be in its way, nor it in theirs. */
  async hold(tenantId: string, events: number): Promise<EventBill | undefined> {
    const { admission, platformLimits, clock, random } = this.parts;
    const billId = newRequestId(clock, random);
    const tenant = await this.parts.tenants.read(tenantId);
    const entry = tenant && this.receipt(tenant, billId, events);
    if (tenant === undefined || entry === undefined) {
      return undefined;
    }
    const reservation = await admission.reserve({
      ...noKey,
      requestId: billId,
      // What its limits do not allow is asked for again later; nobody waits here.
      tenant: { ...tenant, limits: { ...tenant.limits, overBudget: { kind: "refuse" } } },
      platform: await platformLimits(),
      modelId: agentCoreMemoryId,
      worstCaseNanoUsd: entry.costNanoUsd,
      worstCaseTokens: 0,
      moneyOnly: true,
    });
    if ("refused" in reservation) {
      return undefined;
    }
    return {
      billId,
      settle: () => admission.settle(reservation, { ...entry, settledAtMs: clock.now() }),
      release: () => admission.release(reservation),
    };
  }

  /** The entry alone: what is held for it is settled by its holder, or, from the entry, when the hold is over. */
  async charge(tenantId: string, billId: string, events: number): Promise<void> {
    const tenant = await this.parts.tenants.read(tenantId);
    if (tenant !== undefined) {
      await this.parts.ledger.record(this.receipt(tenant, billId, events));
    }
  }

  async isLost(tenantId: string, billId: string): Promise<boolean> {
    const { ledger, clock, holdTtlMs } = this.parts;
    return (
      requestArrivalMs(billId) + holdTtlMs <= clock.now() &&
      (await ledger.find(tenantId, billId)) === undefined
    );
  }

  private receipt(
    tenant: Parameters<typeof memoryReceipt>[0]["tenant"],
    requestId: string,
    events: number,
  ): LedgerEntry {
    const { priceBook, clock } = this.parts;
    const units = { memoryEvent: events };
    return memoryReceipt({ ...noKey, requestId, tenant, wire: ingestionWire, units }, priceBook, clock.now());
  }
}
