/** Builds the worker's watch from its settings. */
import { requestArrivalMs } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import {
  type AlertChannel,
  AlertRaiser,
  currentPriceBook,
  forecastSpend,
  hourlySpend,
  type LoggedInvocation,
  type ModelPrice,
  type RunReconciliationsParts,
  reconcileBilling,
  reconcileLog,
  reconciliationAlert,
} from "@caprock/metering";
import {
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoAlertRuleStore,
  DynamoAlertStore,
  DynamoLedgerStore,
  DynamoReconciliationStore,
  DynamoRollUpStore,
} from "@caprock/metering/dynamodb";
import { S3BillingExport, S3InvocationLog } from "@caprock/metering/s3";
import { SnsAlertTopic } from "@caprock/metering/sns";
import { AlertWebhook } from "@caprock/metering/webhook";
import {
  systemClock as clock,
  createS3Client,
  createSnsClient,
  type DocumentClient,
  type Logger,
  systemRandom as random,
  SettingsError,
  systemPause,
  type WorkerSettings,
} from "@caprock/platform";
import { DynamoApiKeyStore, DynamoPlatformLimitsStore, DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import { Watch } from "./watch.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A call's record in memory is some hundred bytes. */
const mostInMemory = 200_000;
const webhookTimeoutMs = 5_000;
/** Longer than five attempts at a webhook, with the pauses between them. */
const deliveryLeaseMs = 120_000;
/** Longer than a round of the worker may take as a function. */
const reconciliationLeaseMs = 15 * 60_000;

export function composeWatch(settings: WorkerSettings, logger: Logger, client: DocumentClient): Watch {
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const tenants = new DynamoTenantStore(client, prefix);
  const apiKeys = new DynamoApiKeyStore(client, prefix);
  const platformLimits = new DynamoPlatformLimitsStore(client, prefix);
  const cells = {
    ledger: new DynamoLedgerStore(client, prefix),
    rollUps: new DynamoRollUpStore(client, prefix),
    adjustments: new DynamoAdjustmentStore(client, prefix),
  };
  const alerts = new DynamoAlertStore(client, prefix);
  const raiser = new AlertRaiser(alerts, clock);
  const onFailure = (what: string, error: unknown) =>
    logger.error({ what, err: error }, "watch: could not be done; it is tried again");
  return new Watch({
    evaluate: {
      tenants: () => tenants.list(),
      async partsOf(tenantId) {
        const keys = await apiKeys.list(tenantId);
        const applications = [...new Set(keys.map(({ application }) => application))];
        return { applications, apiKeyIds: keys.map(({ id }) => id) };
      },
      platformLimits: () => platformLimits.read(),
      accounts: new DynamoAccountStore(client, prefix),
      rules: new DynamoAlertRuleStore(client, prefix),
      raiser,
      clock,
      onFailure,
      forecast: async (tenant, nowMs) => {
        const { spentNanoUsd, outlook } = await forecastSpend(tenant, nowMs, cells);
        return outlook && { ...outlook, spentNanoUsd, monthEndNanoUsd: outlook.costNanoUsd };
      },
      hourlySpend: (tenant, startMs, nowMs) => hourlySpend(tenant.id, { startMs, endMs: nowMs }, cells),
    },
    reconcile: {
      reconciliations: new DynamoReconciliationStore(client, prefix),
      plans: plansOf(settings, logger, {
        ...cells,
        tenantIds: async () => (await tenants.list()).map(({ id }) => id),
      }),
      sinceMs: async () => {
        const created = (await tenants.list()).map(({ createdAtMs }) => createdAtMs);
        return created.length === 0 ? undefined : Math.min(...created);
      },
      clock,
      leaseMs: reconciliationLeaseMs,
      onReport: async (reconciliation, report) => {
        const draft = reconciliationAlert(reconciliation, report);
        if (draft) {
          await raiser.raise(draft);
        }
      },
      onFailure,
    },
    deliver: {
      alerts,
      channels: channelsOf(settings),
      clock,
      random,
      leaseMs: deliveryLeaseMs,
      onFailure: (what, error) => logger.warn({ what, err: error }, "alert not delivered; it is tried again"),
    },
    clock,
    intervalMs: settings.CAPROCK_ALERT_INTERVAL_MS,
    reportIntervalMs: settings.CAPROCK_ALERT_REPORT_INTERVAL_MS,
    onFailure,
  });
}

function channelsOf(settings: WorkerSettings): AlertChannel[] {
  const {
    AWS_REGION: region,
    CAPROCK_ALERT_TOPIC_ARN: topicArn,
    CAPROCK_ALERT_WEBHOOK_URL: url,
    CAPROCK_ALERT_WEBHOOK_SECRET: secret,
  } = settings;
  if (url !== undefined && secret === undefined) {
    throw new SettingsError("Bad settings. CAPROCK_ALERT_WEBHOOK_SECRET: is needed to sign what is posted");
  }
  const topic = topicArn && new SnsAlertTopic({ client: createSnsClient({ region }), topicArn });
  const webhook =
    url &&
    secret &&
    new AlertWebhook({
      url,
      secret,
      privateAllowed: settings.CAPROCK_ALERT_WEBHOOK_PRIVATE === "allowed",
      timeoutMs: webhookTimeoutMs,
      clock,
      random,
      wait: systemPause,
    });
  return [topic, webhook].filter((channel) => channel !== undefined && channel !== "");
}

type LedgerSide = Omit<Parameters<typeof reconcileBilling>[1], "billing" | "tolerance">;

function plansOf(
  settings: WorkerSettings,
  logger: Logger,
  side: LedgerSide,
): RunReconciliationsParts["plans"] {
  const { AWS_REGION: region, CAPROCK_INVOCATION_LOG_BUCKET, CAPROCK_BILLING_EXPORT_BUCKET } = settings;
  const client = createS3Client({ region });
  const graceMs = settings.CAPROCK_RECONCILE_GRACE_MS;
  return {
    ...(CAPROCK_INVOCATION_LOG_BUCKET === undefined
      ? {}
      : {
          "invocation-log": {
            run: (range) =>
              reconcileLog(range, {
                ...side,
                invocationLog: new S3InvocationLog({
                  client,
                  bucket: CAPROCK_INVOCATION_LOG_BUCKET,
                  prefix: settings.CAPROCK_INVOCATION_LOG_PREFIX,
                  onUnreadable: (key, error) =>
                    logger.error({ key, err: error }, "no invocation log file; passed over"),
                }),
                priceOf: pricesIn(region),
                graceMs,
                tolerance: { basisPoints: settings.CAPROCK_RECONCILE_TOLERANCE_BASIS_POINTS },
                mostInMemory,
              }),
            stretchMs: hourMs,
            graceMs,
            stretchesBack: 24,
          },
        }),
    ...(CAPROCK_BILLING_EXPORT_BUCKET === undefined
      ? {}
      : {
          "billing-export": {
            run: (range) =>
              reconcileBilling(range, {
                ...side,
                billing: new S3BillingExport({
                  client,
                  bucket: CAPROCK_BILLING_EXPORT_BUCKET,
                  path: settings.CAPROCK_BILLING_EXPORT_PATH,
                  tags: {
                    tenant: settings.CAPROCK_BILLING_TENANT_TAG,
                    model: settings.CAPROCK_BILLING_MODEL_TAG,
                  },
                }),
                tolerance: { basisPoints: settings.CAPROCK_BILLING_TOLERANCE_BASIS_POINTS },
              }),
            stretchMs: dayMs,
            graceMs: settings.CAPROCK_BILLING_DELAY_MS,
            stretchesBack: 7,
          },
        }),
  };
}

/** As a call was priced: by its route, its tier and when it arrived. */
function pricesIn(region: string): (invocation: LoggedInvocation) => ModelPrice | undefined {
  const catalog = createCatalog(allModels);
  const priceBook = currentPriceBook();
  return ({ invokedId, serviceTier, requestId }) => {
    const route = catalog.route(invokedId, region);
    const arrivedAtMs = requestArrivalMs(requestId);
    return "refused" in route
      ? undefined
      : (priceBook.findForRoute(route, serviceTier, arrivedAtMs) ??
          priceBook.findForRoute(route, "default", arrivedAtMs));
  };
}
