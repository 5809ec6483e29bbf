/** Builds what the admin API alone reads: alerts, reconciliations, CloudWatch's own figures, inference profiles. */
import { BedrockInferenceProfiles } from "@caprock/inference/bedrock";
import { CloudWatchMetricUsage } from "@caprock/metering/cloudwatch";
import { metricsPolicyOf } from "@caprock/metering/composition";
import {
  DynamoAlertRuleStore,
  DynamoAlertStore,
  DynamoReconciliationStore,
} from "@caprock/metering/dynamodb";
import {
  type ApiSettings,
  systemClock as clock,
  createBedrockClient,
  createCloudWatchClient,
  type DocumentClient,
} from "@caprock/platform";
import { metricsFlushMs } from "../metering/composition.ts";
import type { AdminMetricsParts, AdminParts, AdminWatchParts } from "./admin-parts.ts";

export function composeWatch(settings: ApiSettings, client: DocumentClient): AdminWatchParts {
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  return {
    alerts: new DynamoAlertStore(client, prefix),
    alertRules: new DynamoAlertRuleStore(client, prefix),
    reconciliations: new DynamoReconciliationStore(client, prefix),
    reconciliationPlans: {
      ...(settings.CAPROCK_INVOCATION_LOG_BUCKET === undefined
        ? {}
        : { "invocation-log": { graceMs: settings.CAPROCK_RECONCILE_GRACE_MS } }),
      ...(settings.CAPROCK_BILLING_EXPORT_BUCKET === undefined
        ? {}
        : { "billing-export": { graceMs: settings.CAPROCK_BILLING_DELAY_MS } }),
    },
  };
}

export function composeAdminMetrics(settings: ApiSettings): AdminMetricsParts {
  const { CAPROCK_METRICS: destination, AWS_REGION: region } = settings;
  return {
    destination,
    policy: metricsPolicyOf(settings),
    usage:
      destination === "off"
        ? undefined
        : new CloudWatchMetricUsage({ client: createCloudWatchClient({ region }, { retries: true }), clock }),
    flushSeconds: metricsFlushMs / 1_000,
  };
}

export function composeProfiles(settings: ApiSettings): AdminParts["profiles"] {
  const { AWS_REGION: region } = settings;
  return {
    inferenceProfiles: new BedrockInferenceProfiles(createBedrockClient({ region }), region),
    region,
    tenantTag: settings.CAPROCK_BILLING_TENANT_TAG,
    modelTag: settings.CAPROCK_BILLING_MODEL_TAG,
  };
}
