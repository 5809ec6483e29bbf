/** Builds what a verification reads: the only place of it that makes clients. */
import { requestArrivalMs } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import { currentPriceBook, type VerifyParts } from "@caprock/metering";
import { CloudWatchMetricUsage } from "@caprock/metering/cloudwatch";
import {
  DynamoAccountListing,
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoClosedMonthStore,
  DynamoLedgerStore,
  DynamoRollUpStore,
} from "@caprock/metering/dynamodb";
import { S3InvocationLog } from "@caprock/metering/s3";
import {
  systemClock as clock,
  createCloudWatchClient,
  createDocumentClient,
  createS3Client,
  type DocumentClient,
  localCredentials,
  systemPause as pause,
} from "@caprock/platform";
import { type TenantStore, verifyAuditChain } from "@caprock/tenancy";
import { DynamoAuditLog, DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import type { Deployment } from "./find-deployment.ts";
import { limitHistories } from "./limit-history.ts";
import { readWitness } from "./read-witness.ts";

export interface Verification {
  readonly tenants: Pick<TenantStore, "list">;
  readonly parts: VerifyParts;
  close(): void;
}

/** `onUnreadable` is told of log files that cannot be read. */
export function composeVerification(
  { settings, local }: Deployment,
  onUnreadable: (key: string) => void,
): Verification {
  const { AWS_REGION: region, CAPROCK_TABLE_PREFIX: prefix } = settings;
  const { CAPROCK_INVOCATION_LOG_BUCKET: bucket, CAPROCK_METRICS: destination } = settings;
  const awsLocalUrl = local?.awsLocalUrl;
  const options = {
    region,
    ...(awsLocalUrl === undefined ? {} : { endpoint: awsLocalUrl, credentials: localCredentials }),
  };
  const client = readOnly(createDocumentClient(options));
  const audit = new DynamoAuditLog(client, prefix);
  const catalog = createCatalog(allModels);
  const priceBook = currentPriceBook();
  const priceOfCall = (invokedId: string, serviceTier: string, arrivedAtMs: number) => {
    const route = catalog.route(invokedId, region);
    return "refused" in route ? undefined : priceBook.findForRoute(route, serviceTier, arrivedAtMs);
  };
  return {
    tenants: new DynamoTenantStore(client, prefix),
    parts: {
      accountListing: new DynamoAccountListing(client, prefix),
      accounts: new DynamoAccountStore(client, prefix),
      ledger: new DynamoLedgerStore(client, prefix),
      adjustments: new DynamoAdjustmentStore(client, prefix),
      closedMonths: new DynamoClosedMonthStore(client, prefix),
      rollUps: new DynamoRollUpStore(client, prefix),
      clock,
      pause,
      priceBookVersion: priceBook.version,
      priceOf: ({ invokedId, serviceTier, arrivedAtMs, aside }) =>
        aside
          ? priceBook.findUnrouted(invokedId, arrivedAtMs)
          : priceOfCall(invokedId, serviceTier, arrivedAtMs),
      historyOf: limitHistories(audit),
      auditChainOf: (owner) => verifyAuditChain(owner, { audit }),
      graceMs: settings.CAPROCK_INVOCATION_LOG_GRACE_MS,
      logGraceMs: settings.CAPROCK_RECONCILE_GRACE_MS,
      ...(bucket !== undefined && {
        log: {
          invocationLog: new S3InvocationLog({
            client: createS3Client(options),
            bucket,
            prefix: settings.CAPROCK_INVOCATION_LOG_PREFIX,
            onUnreadable,
          }),
          priceOf: ({ invokedId, serviceTier, requestId }) => {
            const arrivedAtMs = requestArrivalMs(requestId);
            // As the worker does it: a tier that the book does not price is billed as the default one.
            return (
              priceOfCall(invokedId, serviceTier, arrivedAtMs) ??
              priceOfCall(invokedId, "default", arrivedAtMs)
            );
          },
        },
      }),
      ...(destination !== "off" && {
        metrics: {
          metricUsage: new CloudWatchMetricUsage({
            client: createCloudWatchClient(options, { retries: true }),
            clock,
          }),
          cardinality: settings.CAPROCK_METRICS_CARDINALITY,
          modelIds: catalog.list().map(({ id }) => id),
        },
      }),
      ...(awsLocalUrl !== undefined && { witnessOf: (tenantId) => readWitness(awsLocalUrl, tenantId) }),
    },
    close: () => client.destroy(),
  };
}

const reads: ReadonlySet<string> = new Set([
  "GetItemCommand",
  "BatchGetItemCommand",
  "QueryCommand",
  "ScanCommand",
]);

/** Refuses every command that is no read, before it is sent. */
function readOnly(client: DocumentClient): DocumentClient {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (!reads.has(String(commandName))) {
          throw new Error(`A verification only reads, and ${commandName} does not.`);
        }
        return next(args);
      },
    { step: "initialize", name: "readOnly" },
  );
  return client;
}
