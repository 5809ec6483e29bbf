/** Writes reports as the admin wire has them, in JSON and in CSV. */
import type { MoversReportView, SpendForecastView, UsageReportView } from "@caprock/contract";
import { formatUsd, type TenantId, tokenClasses } from "@caprock/domain";
import {
  billedUnits,
  type CsvValue,
  type Mover,
  type MoversReport,
  type SpendForecast,
  type UsageDimension,
  type UsageFigures,
  type UsageReport,
  writeCsv,
} from "@caprock/metering";

const iso = (instantMs: number): string => new Date(instantMs).toISOString();

function figuresView(figures: UsageFigures): UsageReportView["totals"] {
  const { requests, sumMs, maxMs } = figures.firstTokens;
  return {
    requests: figures.requests,
    tokens: figures.tokens,
    units: { ...figures.units },
    listCostUsd: formatUsd(figures.listCostNanoUsd),
    costUsd: formatUsd(figures.costNanoUsd),
    adjustmentUsd: formatUsd(figures.adjustmentNanoUsd),
    estimatedRequests: figures.estimatedRequests,
    estimatedCostUsd: formatUsd(figures.estimatedCostNanoUsd),
    simulatedRequests: figures.simulatedRequests,
    ...(requests > 0 && { firstToken: { requests, meanMs: sumMs / requests, maxMs } }),
  };
}

export function usageReportView({ rows, totals }: UsageReport, nowMs: number): UsageReportView {
  return {
    generatedAt: iso(nowMs),
    source: "ledger",
    rows: rows.map(({ group, ...figures }) => ({ group, ...figuresView(figures) })),
    totals: figuresView(totals),
  };
}

/** A column for each dimension and figure, named as in JSON but for its depth. */
export function usageCsv({ rows }: UsageReport, groupBy: readonly UsageDimension[]): AsyncGenerator<string> {
  const columns = [
    ...groupBy,
    "requests",
    ...tokenClasses.map((tokenClass) => `${tokenClass}Tokens`),
    ...billedUnits.map((unit) => `${unit}Units`),
    "listCostUsd",
    "costUsd",
    "adjustmentUsd",
    "estimatedRequests",
    "estimatedCostUsd",
    "simulatedRequests",
    "firstTokenRequests",
    "firstTokenMeanMs",
    "firstTokenMaxMs",
  ];
  const records = rows.map((row): readonly CsvValue[] => [
    ...groupBy.map((dimension) => row.group[dimension]),
    row.requests,
    ...tokenClasses.map((tokenClass) => row.tokens[tokenClass]),
    ...billedUnits.map((unit) => row.units[unit] ?? 0),
    row.listCostNanoUsd,
    row.costNanoUsd,
    row.adjustmentNanoUsd,
    row.estimatedRequests,
    row.estimatedCostNanoUsd,
    row.simulatedRequests,
    ...firstTokenValues(row),
  ]);
  return writeCsv(columns, records);
}

/** How many answers were streamed, and how long their first tokens took; no times where none was. */
function firstTokenValues({ firstTokens: { requests, sumMs, maxMs } }: UsageFigures): readonly CsvValue[] {
  return requests > 0 ? [requests, sumMs / requests, maxMs] : [0, undefined, undefined];
}

export function moversView({ movers, total }: MoversReport, nowMs: number): MoversReportView {
  return {
    generatedAt: iso(nowMs),
    movers: movers.map((mover) => ({ value: mover.value, ...changeView(mover) })),
    total: changeView(total),
  };
}

function changeView(mover: Mover): MoversReportView["total"] {
  return {
    costUsd: formatUsd(mover.costNanoUsd),
    costBeforeUsd: formatUsd(mover.costBeforeNanoUsd),
    changeUsd: formatUsd(mover.changeNanoUsd),
    ...(mover.changeRatio !== undefined && { changeRatio: mover.changeRatio }),
    requests: mover.requests,
    requestsBefore: mover.requestsBefore,
  };
}

export function forecastView(tenantId: TenantId, forecast: SpendForecast): SpendForecastView {
  const { outlook, month, endMs, capNanoUsd, spentNanoUsd, historyHours, neededHours } = forecast;
  const at = <Name extends string>(name: Name, instantMs: number | undefined) =>
    instantMs === undefined ? {} : { [name]: iso(instantMs) };
  return {
    tenantId,
    month,
    monthEnd: iso(endMs),
    capUsd: formatUsd(capNanoUsd),
    spentUsd: formatUsd(spentNanoUsd),
    ...(outlook && {
      outlook: {
        method: outlook.method,
        costUsd: formatUsd(outlook.costNanoUsd),
        lowUsd: formatUsd(outlook.lowNanoUsd),
        highUsd: formatUsd(outlook.highNanoUsd),
        ...at("exhaustedAt", outlook.exhaustedAtMs),
        ...at("earliestExhaustedAt", outlook.earliestExhaustedAtMs),
        ...at("latestExhaustedAt", outlook.latestExhaustedAtMs),
      },
    }),
    historyHours,
    neededHours,
  };
}
