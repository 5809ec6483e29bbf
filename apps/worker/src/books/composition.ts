/** Builds the books as every process of the worker writes them: the ledger with all that stands around it, and the accounts. */
import {
  type AccountStore,
  type CallMetrics,
  ClosedMonthLedger,
  type ClosedMonthLedgerParts,
  type LedgerStore,
  MeasuredLedger,
  monthSpend,
  RollingLedgerStore,
  type RollUpStore,
} from "@caprock/metering";
import { composeMetrics } from "@caprock/metering/composition";
import {
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoClosedMonthStore,
  DynamoLedgerStore,
  DynamoRollUpStore,
} from "@caprock/metering/dynamodb";
import {
  systemClock as clock,
  createDocumentClient,
  type DocumentClient,
  type Logger,
  type WorkerSettings,
} from "@caprock/platform";
import type { TenantStore } from "@caprock/tenancy";
import { DynamoTenantStore } from "@caprock/tenancy/dynamodb";

export interface Books {
  readonly client: DocumentClient;
  readonly tenants: TenantStore;
  readonly accounts: AccountStore;
  /** To be written to. */
  readonly ledger: LedgerStore;
  /** The same without the roll-ups around it, to close months from. */
  readonly closedMonthLedger: LedgerStore;
  readonly closing: Omit<ClosedMonthLedgerParts, "ledger"> & {
    readonly closedMonths: DynamoClosedMonthStore;
  };
  readonly rollUps: RollUpStore;
  /** To be flushed after each round. */
  readonly metrics: CallMetrics;
}

export function composeBooks(settings: WorkerSettings, logger: Logger): Books {
  const client = createDocumentClient({ region: settings.AWS_REGION });
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const tenants = new DynamoTenantStore(client, prefix);
  const accounts = new DynamoAccountStore(client, prefix);
  const closing = {
    closedMonths: new DynamoClosedMonthStore(client, prefix),
    adjustments: new DynamoAdjustmentStore(client, prefix),
    clock,
    closeAfterMs: settings.CAPROCK_CLOSE_MONTH_AFTER_MS,
  };
  const metrics = composeMetrics(
    settings,
    async () => monthSpend(await tenants.list(), accounts, clock),
    logger,
  );
  const measured = new MeasuredLedger({
    ledger: new DynamoLedgerStore(client, prefix),
    metrics,
    settlesCalls: false,
  });
  const closedMonthLedger = new ClosedMonthLedger({ ...closing, ledger: measured });
  const rollUps = new DynamoRollUpStore(client, prefix);
  const ledger = new RollingLedgerStore({ ledger: closedMonthLedger, rollUps, clock });
  return { client, tenants, accounts, ledger, closedMonthLedger, closing, rollUps, metrics };
}
