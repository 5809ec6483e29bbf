/** Builds the books as every process of the worker writes them: the ledger with all that stands around it, and the accounts. */
import {
  type AccountStore,
  BufferedCallMetrics,
  type CallMetrics,
  ClosedMonthLedger,
  type ClosedMonthLedgerParts,
  type LedgerStore,
  MeasuredLedger,
  monthSpend,
  noMetrics,
  RollingLedgerStore,
  type RollUpStore,
  TenantLabels,
} from "@caprock/metering";
import { CloudWatchMetricSink } from "@caprock/metering/cloudwatch";
import {
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoClosedMonthStore,
  DynamoLedgerStore,
  DynamoRollUpStore,
} from "@caprock/metering/dynamodb";
import { EmfMetricSink } from "@caprock/metering/emf";
import {
  systemClock as clock,
  createCloudWatchClient,
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
  const policy = {
    cardinality: settings.CAPROCK_METRICS_CARDINALITY,
    topTenants: settings.CAPROCK_METRICS_TOP_TENANTS,
  };
  const labels = new TenantLabels(
    policy,
    async () => monthSpend(await tenants.list(), accounts, clock),
    clock,
  );
  const metrics = metricsOf(settings, labels, logger);
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

/** A round corrects and writes far fewer entries than this has room for. */
const mostMetricSamples = 200_000;

function metricsOf(settings: WorkerSettings, labels: TenantLabels, logger: Logger): CallMetrics {
  const { CAPROCK_METRICS: destination, AWS_REGION: region } = settings;
  if (destination === "off") {
    return noMetrics;
  }
  return new BufferedCallMetrics({
    sink:
      destination === "emf"
        ? new EmfMetricSink({ write: (line) => process.stdout.write(line) })
        : new CloudWatchMetricSink({
            client: createCloudWatchClient({ region }, { retries: false }),
            clock,
            onLoss: (data, error) => logger.error({ data, err: error }, "metrics lost"),
          }),
    labels,
    mostSamples: mostMetricSamples,
    onFailure: (what, error) => logger.warn({ what, err: error }, "metrics failed; the round did not notice"),
  });
}
