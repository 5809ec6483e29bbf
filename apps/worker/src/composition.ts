/** Builds the worker from its settings: the only place that makes clients and chooses adapters. */
import { allModels, createCatalog } from "@caprock/inference";
import { currentPriceBook, type ResolveParts } from "@caprock/metering";
import { DynamoAccountStore, DynamoLedgerStore } from "@caprock/metering/dynamodb";
import { S3InvocationLog } from "@caprock/metering/s3";
import {
  systemClock as clock,
  createDocumentClient,
  createS3Client,
  type Logger,
  type WorkerSettings,
} from "@caprock/platform";
import { priceInvocation } from "./price-invocation.ts";

export function composeWorker(settings: WorkerSettings, logger: Logger): ResolveParts {
  const region = settings.AWS_REGION;
  const client = createDocumentClient({ region });
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const bucket = settings.CAPROCK_INVOCATION_LOG_BUCKET;
  const catalog = createCatalog(allModels);
  const priceBook = currentPriceBook();
  return {
    accounts: new DynamoAccountStore(client, prefix),
    ledger: new DynamoLedgerStore(client, prefix),
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
      priceInvocation(invocation, status, { catalog, priceBook, clock, region }),
    graceMs: settings.CAPROCK_INVOCATION_LOG_GRACE_MS,
    retryMs: settings.CAPROCK_WORKER_INTERVAL_MS,
    onFailure: (what, error) =>
      logger.error({ what, err: error }, "could not be worked on; the next round tries again"),
  };
}
