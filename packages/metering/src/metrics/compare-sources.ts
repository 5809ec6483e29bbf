/** Holds what CloudWatch says was used against what the ledger says. */
import { addUsage, type ModelId, noTokens, type Refusal, type TenantId, tokenClasses } from "@caprock/domain";
import { agentCoreMemoryId } from "../price-book/index.ts";
import { type CellParts, type InstantRange, listCells } from "../reports/list-cells.ts";
import { FigureSums } from "../reports/usage-figures.ts";
import type { MetricUsage, UsageSums } from "./metric-usage.ts";
import type { Cardinality } from "./tenant-labels.ts";

/** The ledger's side is read from its cells: rolled up where that is done, from entries elsewhere. */
export interface CompareSourcesParts extends CellParts {
  readonly metricUsage: MetricUsage;
  /** What the metrics are sent by: only under `all` is there a series for each tenant to compare. */
  readonly cardinality: Cardinality;
}

export interface CompareSourcesQuery {
  readonly tenantIds: readonly TenantId[];
  /** Models to look for besides those that the ledger has. */
  readonly modelIds: readonly ModelId[];
  /** On whole minutes. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface SourceComparison {
  /** Absent where the metrics are not kept for each tenant. */
  readonly tenantId?: string;
  readonly modelId: ModelId;
  readonly ledger: UsageSums;
  readonly cloudWatch: UsageSums;
  /** CloudWatch less ledger. */
  readonly difference: UsageSums;
  /** The cost's difference as a share of the ledger's; 1 where the ledger has nothing. */
  readonly share: number;
  /** Tokens and requests to the last one, cost to a billionth. */
  readonly agrees: boolean;
}

/** CloudWatch counts in floating point. */
const tolerance = 1e-9;

const nothing: UsageSums = { requests: 0, usage: noTokens, costNanoUsd: 0n };

/**
 * Compares by tenant and model, or by model alone, whichever is kept. Made-up traffic is left out: it is not sent.
 * Refuses as `MetricUsage` does.
 */
export async function compareSources(
  query: CompareSourcesQuery,
  { metricUsage, cardinality, ...cells }: CompareSourcesParts,
): Promise<readonly SourceComparison[] | Refusal> {
  const { tenantIds, startMs, endMs } = query;
  const byTenant = cardinality === "all";
  const keyOf = (tenantId: string | undefined, modelId: string) =>
    JSON.stringify(byTenant ? [tenantId, modelId] : [modelId]);
  const rows = new Map<
    string,
    { tenantId?: string; modelId: ModelId; ledger: UsageSums; cloudWatch: UsageSums }
  >();
  const rowOf = (tenantId: string | undefined, modelId: ModelId) => {
    const key = keyOf(tenantId, modelId);
    const row = rows.get(key) ?? {
      ...(byTenant && tenantId !== undefined ? { tenantId } : {}),
      modelId,
      ledger: nothing,
      cloudWatch: nothing,
    };
    rows.set(key, row);
    return row;
  };
  for (const tenantId of tenantIds) {
    for (const [modelId, sums] of await sumsByModel(tenantId, { startMs, endMs }, cells)) {
      const row = rowOf(tenantId, modelId);
      row.ledger = add(row.ledger, sums);
    }
  }
  const modelIds = [
    ...new Set([...query.modelIds, agentCoreMemoryId, ...[...rows.values()].map(({ modelId }) => modelId)]),
  ];
  const read = await metricUsage.read({
    by: byTenant ? "tenant-model" : "model",
    edgesMs: [startMs, endMs],
    tenantIds,
    modelIds,
  });
  if ("refused" in read) {
    return read;
  }
  for (const sums of read) {
    const row = rowOf(sums.tenantId, sums.modelId ?? "");
    row.cloudWatch = add(row.cloudWatch, sums);
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => compared(row));
}

async function sumsByModel(
  tenantId: TenantId,
  range: InstantRange,
  cells: CellParts,
): Promise<ReadonlyMap<ModelId, UsageSums>> {
  const models = new Map<ModelId, FigureSums>();
  for await (const cell of listCells(tenantId, range, cells)) {
    if (!cell.kind.simulated) {
      const sums = models.get(cell.kind.modelId) ?? new FigureSums();
      sums.addCell(cell);
      models.set(cell.kind.modelId, sums);
    }
  }
  return new Map(
    [...models].map(([modelId, sums]) => {
      const { requests, tokens, costNanoUsd } = sums.figures();
      return [modelId, { requests, usage: tokens, costNanoUsd }];
    }),
  );
}

function compared<Row extends { readonly ledger: UsageSums; readonly cloudWatch: UsageSums }>(row: Row) {
  const { ledger, cloudWatch } = row;
  const difference = subtract(cloudWatch, ledger);
  const share =
    difference.costNanoUsd === 0n
      ? 0
      : ledger.costNanoUsd === 0n
        ? 1
        : Math.abs(Number(difference.costNanoUsd) / Number(ledger.costNanoUsd));
  const agrees =
    difference.requests === 0 &&
    tokenClasses.every((tokenClass) => difference.usage[tokenClass] === 0) &&
    share <= tolerance;
  return { ...row, difference, share, agrees };
}

function add(a: UsageSums, b: UsageSums): UsageSums {
  return {
    requests: a.requests + b.requests,
    usage: addUsage(a.usage, b.usage),
    costNanoUsd: a.costNanoUsd + b.costNanoUsd,
  };
}

function subtract(a: UsageSums, b: UsageSums): UsageSums {
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output } = b.usage;
  const negative = {
    input: -input,
    cacheRead: -cacheRead,
    cacheWrite5m: -cacheWrite5m,
    cacheWrite1h: -cacheWrite1h,
    output: -output,
  };
  return add(a, { requests: -b.requests, usage: negative, costNanoUsd: -b.costNanoUsd });
}
