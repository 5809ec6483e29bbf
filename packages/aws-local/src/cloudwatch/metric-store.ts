/** The metrics: samples summed up by minute, kept and coarsened with age as CloudWatch does. */
import { type Datapoint, MetricFile } from "./metric-file.ts";
import { type Metric, metricKey } from "./metric-request.ts";
import { combine, type Summary } from "./statistics.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How finely data of an age is kept (CloudWatch's retention); data older than the last row is forgotten. */
const retention = [
  { ageMs: 3 * hour, resolutionMs: second },
  { ageMs: 15 * day, resolutionMs: minute },
  { ageMs: 63 * day, resolutionMs: 5 * minute },
  { ageMs: 455 * day, resolutionMs: hour },
] as const;

/** The finest interval that data of this age can be read in; undefined when it is forgotten. */
export function resolutionMs(ageMs: number): number | undefined {
  return retention.find((row) => ageMs <= row.ageMs)?.resolutionMs;
}

/** New samples of a metric. */
export interface Samples {
  readonly metric: Metric;
  readonly unit: string;
  readonly atMs: number;
  /** Kept to the second, not to the minute. */
  readonly highResolution: boolean;
  readonly summary: Summary;
}

interface Interval {
  resolutionMs: number;
  /** As they came: they are combined when they are read, which keeps many small puts cheap. */
  readonly summaries: Summary[];
}

interface Series {
  readonly metric: Metric;
  /** By unit, then by the interval's start in milliseconds. */
  readonly units: Map<string, Map<number, Interval>>;
  newestMs: number;
  /** How often samples came, so that a reader can see whether there are new ones. */
  revision: number;
}

export class MetricStore {
  readonly #series = new Map<string, Series>();
  readonly #file: MetricFile | undefined;

  private constructor(file: MetricFile | undefined) {
    this.#file = file;
  }

  /** Reads back what was kept at `path`, coarsened to what its age allows; without a path nothing is kept. */
  static async open(path: string | undefined, nowMs: number): Promise<MetricStore> {
    const store = new MetricStore(path === undefined ? undefined : new MetricFile(path));
    let read = 0;
    for await (const kept of store.#file?.read() ?? []) {
      read += 1;
      const coarsestMs = kept && resolutionMs(nowMs - kept.startMs);
      if (kept !== undefined && coarsestMs !== undefined) {
        const interval = Math.max(kept.resolutionMs, coarsestMs);
        store.#add(kept.metric, kept.unit, kept.startMs, interval, kept.summary);
      }
    }
    if (read > store.#intervals()) {
      store.#file?.rewrite(store.#datapoints());
    }
    return store;
  }

  put(samples: readonly Samples[]): void {
    const datapoints = samples.map(({ metric, unit, atMs, highResolution, summary }) => {
      const resolutionMs = highResolution ? second : minute;
      const startMs = this.#add(metric, unit, atMs, resolutionMs, summary);
      return { metric, unit, startMs, resolutionMs, summary };
    });
    this.#file?.append(datapoints);
  }

  /** Every metric with data since `sinceMs`, oldest first. */
  list(sinceMs: number): Metric[] {
    return [...this.#series.values()]
      .filter(({ newestMs }) => newestMs >= sinceMs)
      .map(({ metric }) => metric);
  }

  /** How often samples of the metric came. */
  revision(metric: Metric): number {
    return this.#series.get(metricKey(metric))?.revision ?? 0;
  }

  /**
   * The metric's samples from `startMs` up to and without `endMs`, summed up by periods that begin at `startMs`. Of all
   * units unless one is named. Periods without samples are absent.
   */
  periods(
    metric: Metric,
    unit: string | undefined,
    startMs: number,
    endMs: number,
    periodMs: number,
  ): Map<number, Summary> {
    const found = new Map<number, Summary[]>();
    for (const [name, intervals] of this.#series.get(metricKey(metric))?.units ?? []) {
      for (const [atMs, interval] of unit === undefined || unit === name ? intervals : []) {
        if (atMs >= startMs && atMs < endMs) {
          const period = atMs - ((atMs - startMs) % periodMs);
          const summaries = found.get(period) ?? [];
          for (const summary of interval.summaries) {
            summaries.push(summary);
          }
          found.set(period, summaries);
        }
      }
    }
    return new Map([...found].map(([period, summaries]) => [period, combine(summaries)]));
  }

  close(): void {
    this.#file?.close();
  }

  #add(metric: Metric, unit: string, atMs: number, interval: number, summary: Summary): number {
    const key = metricKey(metric);
    const series = this.#series.get(key) ?? { metric, units: new Map(), newestMs: 0, revision: 0 };
    this.#series.set(key, series);
    series.newestMs = Math.max(series.newestMs, atMs);
    series.revision += 1;
    const intervals = series.units.get(unit) ?? new Map<number, Interval>();
    series.units.set(unit, intervals);
    const startMs = atMs - (atMs % interval);
    const known = intervals.get(startMs) ?? { resolutionMs: interval, summaries: [] };
    intervals.set(startMs, known);
    known.resolutionMs = Math.max(known.resolutionMs, interval);
    known.summaries.push(summary);
    return startMs;
  }

  #intervals(): number {
    const units = [...this.#series.values()].flatMap((series) => [...series.units.values()]);
    return units.reduce((sum, { size }) => sum + size, 0);
  }

  *#datapoints(): Generator<Datapoint> {
    for (const { metric, units } of this.#series.values()) {
      for (const [unit, intervals] of units) {
        for (const [startMs, { resolutionMs, summaries }] of intervals) {
          yield { metric, unit, startMs, resolutionMs, summary: combine(summaries) };
        }
      }
    }
  }
}
