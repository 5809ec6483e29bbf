/** For tests: the limits, the ledger and the metrics of an API on a local AWS. */
import type { ManualClock } from "@caprock/domain";
import {
  BufferedCallMetrics,
  ClosedMonthLedger,
  MeasuredLedger,
  RollingLedgerStore,
  TenantLabels,
} from "@caprock/metering";
import { CloudWatchMetricSink, CloudWatchMetricUsage } from "@caprock/metering/cloudwatch";
import {
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoClosedMonthStore,
  DynamoLedgerStore,
  DynamoRollUpStore,
} from "@caprock/metering/dynamodb";
import { createCloudWatchClient, type Logger } from "@caprock/platform";
import type { LocalAws } from "./local-aws.ts";

/** Metrics are flushed by tests alone. */
export function openMetering({ client, prefix, access }: LocalAws, clock: ManualClock, logger: Logger) {
  const cloudWatch = createCloudWatchClient(access, { retries: false });
  const policy = { cardinality: "all", topTenants: 1 } as const;
  const metrics = new BufferedCallMetrics({
    sink: new CloudWatchMetricSink({
      client: cloudWatch,
      clock,
      onLoss: (data, error) => logger.error({ data, err: error }, "metrics lost"),
    }),
    labels: new TenantLabels(policy, async () => new Map(), clock),
    mostSamples: 100_000,
    onFailure: (what, error) => logger.warn({ what, err: error }, "metrics failed"),
  });
  const rollUps = new DynamoRollUpStore(client, prefix);
  const adjustments = new DynamoAdjustmentStore(client, prefix);
  const closedMonths = new DynamoClosedMonthStore(client, prefix);
  const closeAfterMs = 3 * 86_400_000;
  const measured = new MeasuredLedger({
    ledger: new DynamoLedgerStore(client, prefix),
    metrics,
    settlesCalls: true,
  });
  const ledger = new ClosedMonthLedger({
    ledger: new RollingLedgerStore({ ledger: measured, rollUps, clock }),
    closedMonths,
    adjustments,
    clock,
    closeAfterMs,
  });
  const usage = new CloudWatchMetricUsage({ client: cloudWatch, clock });
  return {
    /** What requests and admins' reports are given alike. */
    books: { accounts: new DynamoAccountStore(client, prefix), ledger, rollUps, adjustments, closedMonths },
    closeAfterMs,
    metrics,
    adminMetrics: { destination: "cloudwatch", policy, usage, flushSeconds: 10 } as const,
    close: () => cloudWatch.destroy(),
  };
}

export type OpenMetering = ReturnType<typeof openMetering>;
