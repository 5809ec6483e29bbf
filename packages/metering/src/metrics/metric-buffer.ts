/** Sums measurements up by minute, tenant and model until they are sent, in bounded memory. */
import type { ModelId, TenantId } from "@caprock/domain";
import type { Measurement } from "./measurement.ts";
import { type MetricName, metricTable } from "./metric-table.ts";

/** Samples of one metric, in the metric's parts. */
export interface Samples {
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Of a spread: how often each value came. */
  readonly values?: Map<number, number>;
}

/** What was measured in one minute, for one tenant and one model. */
export interface MetricCell {
  /** The minute's start: what CloudWatch keeps no finer anyway. */
  readonly atMs: number;
  /** Absent where no series are kept by tenant. */
  readonly tenant?: TenantId;
  readonly modelId: ModelId;
  readonly samples: Map<MetricName, Samples>;
}

const minuteMs = 60_000;

export class MetricBuffer {
  private readonly mostSamples: number;
  private cells = new Map<string, MetricCell>();
  private kept = 0;
  private lost = 0;

  /** `mostSamples` bounds the memory: sums and different values of spreads that wait at once. */
  constructor(mostSamples: number) {
    this.mostSamples = mostSamples;
  }

  /** Adds a measurement; where the buffer is full what would make it grow is counted as lost. */
  add({ tenantId, modelId, atMs, values }: Measurement): void {
    const minute = atMs - (atMs % minuteMs);
    const key = `${minute} ${tenantId} ${modelId}`;
    const cell: MetricCell = this.cells.get(key) ?? {
      atMs: minute,
      tenant: tenantId,
      modelId,
      samples: new Map(),
    };
    for (const [name, value] of values) {
      const known = cell.samples.get(name);
      const grows = !known || (known.values !== undefined && !known.values.has(value));
      if (grows && this.kept >= this.mostSamples) {
        this.lost += 1;
        continue;
      }
      this.kept += grows ? 1 : 0;
      if (known) {
        addValue(known, value);
      } else {
        cell.samples.set(name, samplesOf(name, value));
        this.cells.set(key, cell);
      }
    }
  }

  /** Takes everything out, with the number of values that were lost since the last time. */
  take(): { readonly cells: readonly MetricCell[]; readonly lost: number } {
    const taken = { cells: [...this.cells.values()], lost: this.lost };
    this.cells = new Map();
    this.kept = 0;
    this.lost = 0;
    return taken;
  }
}

function samplesOf(name: MetricName, value: number): Samples {
  return {
    count: 1,
    sum: value,
    min: value,
    max: value,
    ...(metricTable[name].kind === "spread" ? { values: new Map([[value, 1]]) } : {}),
  };
}

function addValue(known: Samples, value: number): void {
  known.count += 1;
  known.sum += value;
  known.min = Math.min(known.min, value);
  known.max = Math.max(known.max, value);
  known.values?.set(value, (known.values.get(value) ?? 0) + 1);
}

/** Adds samples to those that `all` has under the name. */
function addSamples(all: Map<MetricName, Samples>, name: MetricName, added: Samples): void {
  const known = all.get(name);
  if (!known) {
    all.set(name, { ...added, ...(added.values ? { values: new Map(added.values) } : {}) });
    return;
  }
  known.count += added.count;
  known.sum += added.sum;
  known.min = Math.min(known.min, added.min);
  known.max = Math.max(known.max, added.max);
  for (const [value, count] of added.values ?? []) {
    known.values?.set(value, (known.values.get(value) ?? 0) + count);
  }
}

/** Puts cells together that `groupOf` gives the same tenant and model; undefined leaves a dimension out. */
export function regroup<
  Group extends { readonly tenant?: string | undefined; readonly modelId?: string | undefined },
>(
  cells: readonly MetricCell[],
  groupOf: (cell: MetricCell) => Group,
): (Group & Pick<MetricCell, "atMs" | "samples">)[] {
  const groups = new Map<string, Group & Pick<MetricCell, "atMs" | "samples">>();
  for (const cell of cells) {
    const group = groupOf(cell);
    const key = `${cell.atMs} ${group.tenant ?? ""} ${group.modelId ?? ""}`;
    const sums = groups.get(key) ?? { ...group, atMs: cell.atMs, samples: new Map() };
    groups.set(key, sums);
    for (const [name, samples] of cell.samples) {
      addSamples(sums.samples, name, samples);
    }
  }
  return [...groups.values()];
}
