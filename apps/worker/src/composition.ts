/** Builds the worker from its settings: the only place that makes clients and chooses adapters. */
import { allModels, createCatalog } from "@caprock/inference";
import { type CallMetrics, currentPriceBook, MonthCloser, type ResolveParts } from "@caprock/metering";
import { DynamoGrantNotes } from "@caprock/metering/dynamodb";
import { S3InvocationLog } from "@caprock/metering/s3";
import { systemClock as clock, createS3Client, type Logger, type WorkerSettings } from "@caprock/platform";
import type { Books } from "./books/composition.ts";
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

export function composeWorker(settings: WorkerSettings, logger: Logger, books: Books): WorkerParts {
  const region = settings.AWS_REGION;
  const bucket = settings.CAPROCK_INVOCATION_LOG_BUCKET;
  const catalog = createCatalog(allModels);
  const priceBook = currentPriceBook();
  const { client, tenants, accounts, closing, closedMonthLedger: ledger, ledger: entries, rollUps } = books;
  return {
    accounts,
    ledger: entries,
    notes: new DynamoGrantNotes(client, settings.CAPROCK_TABLE_PREFIX),
    metrics: books.metrics,
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
