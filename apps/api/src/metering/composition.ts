/** Builds what calls are metered with: accounts and admission, the ledger and what stands before it, and the metrics. */
import type { Tenant } from "@caprock/domain";
import {
  type Admission,
  ClosedMonthLedger,
  GrantAdmission,
  HoldAdmission,
  MeasuredLedger,
  monthSpend,
  RollingLedgerStore,
} from "@caprock/metering";
import { composeMetrics } from "@caprock/metering/composition";
import {
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoClosedMonthStore,
  DynamoGrantNotes,
  DynamoLedgerStore,
  DynamoRollUpStore,
} from "@caprock/metering/dynamodb";
import {
  type ApiSettings,
  systemClock as clock,
  type DocumentClient,
  type Logger,
  systemRandom as random,
  systemPause,
  systemRepeat,
} from "@caprock/platform";

/**
 * `grants` for a process that serves many calls: it admits from memory, and does its housekeeping until it is closed.
 * `holds` for a function that may be frozen between two calls, and serves one at a time.
 */
export type AdmissionKind = "grants" | "holds";

/** CloudWatch keeps minutes; this is how much a process that dies takes with it. */
export const metricsFlushMs = 10_000;

/** How often grants are written, renewed and trimmed; others wait for what they give back (see `grantWaits`). */
const grantRoundMs = 250;

export function composeMetering(
  settings: ApiSettings,
  client: DocumentClient,
  logger: Logger,
  kind: AdmissionKind,
  listTenants: () => Promise<readonly Tenant[]>,
) {
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const accounts = new DynamoAccountStore(client, prefix);
  const rollUps = new DynamoRollUpStore(client, prefix);
  const adjustments = new DynamoAdjustmentStore(client, prefix);
  const closedMonths = new DynamoClosedMonthStore(client, prefix);
  const metrics = composeMetrics(
    settings,
    async () => monthSpend(await listTenants(), accounts, clock),
    logger,
  );
  if (kind === "grants") {
    systemRepeat(() => metrics.flush(), metricsFlushMs);
  }
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
    closeAfterMs: settings.CAPROCK_CLOSE_MONTH_AFTER_MS,
  });
  const parts = {
    accounts,
    ledger,
    clock,
    holdTtlMs: settings.CAPROCK_HOLD_TTL_MS,
    resolvesLater: settings.CAPROCK_INVOCATION_LOG_BUCKET !== undefined,
    pause: systemPause,
  };
  const holds = new HoldAdmission(parts);
  const admission: Admission =
    kind === "holds"
      ? holds
      : new GrantAdmission({
          ...parts,
          holds,
          notes: new DynamoGrantNotes(client, prefix),
          random,
          repeat: (work) => systemRepeat(work, grantRoundMs),
          onFailure: (accountId, error) =>
            logger.warn({ accountId, err: error }, "account could not be written to; it is tried again"),
        });
  return { accounts, rollUps, adjustments, closedMonths, metrics, ledger, admission };
}
