/** Builds the worker from its settings: the only place that makes clients and chooses adapters. */
import { allModels, createCatalog } from "@caprock/inference";
import {
  BufferedCallMetrics,
  type CallMetrics,
  ClosedMonthLedger,
  currentPriceBook,
  MeasuredLedger,
  MonthCloser,
  monthSpend,
  noMetrics,
  type ResolveParts,
  RollingLedgerStore,
  TenantLabels,
} from "@caprock/metering";
import { CloudWatchMetricSink } from "@caprock/metering/cloudwatch";
import {
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoClosedMonthStore,
  DynamoGrantNotes,
  DynamoLedgerStore,
  DynamoRollUpStore,
} from "@caprock/metering/dynamodb";
import { EmfMetricSink } from "@caprock/metering/emf";
import { S3InvocationLog } from "@caprock/metering/s3";
import {
  systemClock as clock,
  createCloudWatchClient,
  createDocumentClient,
  createS3Client,
  type Logger,
  type WorkerSettings,
} from "@caprock/platform";
import { DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import { priceInvocation } from "./price-invocation.ts";
import { RollUps } from "./roll-ups.ts";
import { composeWatch } from "./watch/composition.ts";
import type { Watch } from "./watch/watch.ts";

export interface WorkerParts extends ResolveParts {
  /** Flushed after each round. */
  readonly metrics: CallMetrics;
  /** Alerts and reconciliation, beside the rounds. */
  readonly watch: Watch;
  /** Closes the months that are due. */
  readonly months: MonthCloser;
  readonly rollUps: RollUps;
}

export function composeWorker(settings: WorkerSettings, logger: Logger): WorkerParts {
  const region = settings.AWS_REGION;
  const client = createDocumentClient({ region });
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const bucket = settings.CAPROCK_INVOCATION_LOG_BUCKET;
  const catalog = createCatalog(allModels);
  const priceBook = currentPriceBook();
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
  const ledger = new ClosedMonthLedger({ ...closing, ledger: measured });
  const rollUps = new DynamoRollUpStore(client, prefix);
  const entries = new RollingLedgerStore({ ledger, rollUps, clock });
  return {
    accounts,
    ledger: entries,
    notes: new DynamoGrantNotes(client, prefix),
    metrics,
    months: new MonthCloser({
      ...closing,
      accounts,
      ledger,
      tenants: () => tenants.list(),
      onFailure: (what, error) => logger.error({ what, err: error }, "month not closed; it is tried again"),
      onStillOpen: (tenantId, month, why) =>
        logger.warn(
          { tenantId, month, why },
          "month is due and stays open; later ones of the tenant wait for it",
        ),
    }),
    watch: composeWatch(settings, logger, client),
    rollUps: new RollUps({
      ledger: entries,
      rollUps,
      tenants: () => tenants.list(),
      clock,
      maxHours: hoursOfRollUpRound,
      onFailure: (what, error) =>
        logger.error({ what, err: error }, "roll-up failed; the next round tries again"),
    }),
    clock,
    invocationLog:
      bucket === undefined
        ? undefined
        : new S3InvocationLog({
            client: createS3Client({ region }),
            bucket,
            prefix: settings.CAPROCK_INVOCATION_LOG_PREFIX,
            onUnreadable: (key, error) =>
              logger.error({ key, err: error }, "no invocation log file; passed over"),
          }),
    receiptOf: (invocation, status) =>
      priceInvocation(invocation, status, { tenants, catalog, priceBook, clock, region }),
    tenantIds: async () => (await tenants.list()).map(({ id }) => id),
    graceMs: settings.CAPROCK_INVOCATION_LOG_GRACE_MS,
    retryMs: settings.CAPROCK_INVOCATION_LOG_RETRY_MS,
    onFailure: (what, error) =>
      logger.error({ what, err: error }, "could not be worked on; the next round tries again"),
  };
}

/** A minute's work at most: an hour of a busy tenant is some ten thousand entries. */
const hoursOfRollUpRound = 500;

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
