/** Writes adjustments, closed months and what a rerating found as the admin wire has them. */
import type { AdjustmentView, ClosedMonthView, RerateReportView } from "@caprock/contract";
import { formatUsd } from "@caprock/domain";
import type { Adjustment, ClosedMonth, RerateReport } from "@caprock/metering";

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

export function adjustmentView(adjustment: Adjustment): AdjustmentView {
  const { fromPriceBookVersion, usage } = adjustment;
  return {
    adjustmentId: adjustment.adjustmentId,
    requestId: adjustment.requestId,
    application: adjustment.application,
    apiKeyId: adjustment.apiKeyId,
    modelId: adjustment.modelId,
    serviceTier: adjustment.serviceTier,
    kind: adjustment.kind,
    arrivedAt: iso(adjustment.arrivedAtMs),
    postedAt: iso(adjustment.postedAtMs),
    billedMonth: adjustment.billedMonth,
    ...(fromPriceBookVersion === undefined ? {} : { fromPriceBookVersion }),
    toPriceBookVersion: adjustment.toPriceBookVersion,
    markupBasisPoints: adjustment.markupBasisPoints,
    listDeltaUsd: formatUsd(adjustment.listDeltaNanoUsd),
    deltaUsd: formatUsd(adjustment.deltaNanoUsd),
    ...(usage === undefined ? {} : { tokens: usage }),
    reason: adjustment.reason,
    author: adjustment.author,
  };
}

export function closedMonthView(closed: ClosedMonth): ClosedMonthView {
  return {
    month: closed.month,
    timeZone: closed.timeZone,
    start: iso(closed.startMs),
    end: iso(closed.endMs),
    closedAt: iso(closed.closedAtMs),
    entries: closed.entries,
    tokens: closed.usage,
    listCostUsd: formatUsd(closed.listCostNanoUsd),
    costUsd: formatUsd(closed.costNanoUsd),
    adjustments: closed.adjustments,
    adjustmentsUsd: formatUsd(closed.adjustmentsNanoUsd),
    billUsd: formatUsd(closed.costNanoUsd + closed.adjustmentsNanoUsd),
    entriesSha256: closed.entriesSha256,
  };
}

export function rerateReportView(
  asked: Pick<RerateReportView, "dryRun" | "month" | "priceBookVersion">,
  { deltaNanoUsd, models, ...counts }: RerateReport,
): RerateReportView {
  return {
    ...asked,
    ...counts,
    deltaUsd: formatUsd(deltaNanoUsd),
    models: models.map((model) => ({
      modelId: model.modelId,
      adjusted: model.adjusted,
      deltaUsd: formatUsd(model.deltaNanoUsd),
    })),
  };
}
