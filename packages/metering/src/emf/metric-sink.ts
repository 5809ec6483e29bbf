/** Writes sums as embedded metric format, which CloudWatch reads from a Lambda function's log. */
import { Metrics } from "@aws-lambda-powertools/metrics";
import type { MetricSink } from "../metrics/buffered-call-metrics.ts";
import type { MetricCell, Samples } from "../metrics/metric-buffer.ts";
import { type MetricName, metricNamespace, metricTable } from "../metrics/metric-table.ts";

export interface EmfMetricSinkParts {
  /** Takes one line, with its end; the process's stdout. */
  readonly write: (line: string) => void;
}

/**
 * How many values one metric may have in a document: the format allows 100 (CloudWatch user guide, "Embedded metric
 * format specification"), and Powertools publishes by itself when it counts that many.
 */
const mostValues = 99;

/** One document for each cell, under all of the cell's sets of dimensions. CloudWatch may read a line twice. */
export class EmfMetricSink implements MetricSink {
  private readonly parts: EmfMetricSinkParts;

  constructor(parts: EmfMetricSinkParts) {
    this.parts = parts;
  }

  async send(cells: readonly MetricCell[]): Promise<void> {
    for (const cell of cells) {
      for (const document of documentsOf(cell)) {
        this.parts.write(`${JSON.stringify(document)}\n`);
      }
    }
  }
}

/** Powertools would warn, twice for each document, of `Tenant` and `Model` standing in several sets of dimensions. */
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function documentsOf(cell: MetricCell): object[] {
  const values = new Map([...cell.samples].map(([name, samples]) => [name, valuesOf(name, samples)]));
  const longest = Math.max(0, ...[...values.values()].map(({ length }) => length));
  return Array.from({ length: Math.ceil(longest / mostValues) }, (_, part) => {
    const metrics = new Metrics({ namespace: metricNamespace, logger: silent });
    // Powertools adds a `service` of its own, under which nothing of this would be found again.
    metrics.clearDefaultDimensions();
    metrics.setTimestamp(cell.atMs);
    metrics.addDimensions({ Model: cell.modelId });
    if (cell.tenant !== undefined) {
      metrics.addDimensions({ Tenant: cell.tenant });
      metrics.addDimensions({ Tenant: cell.tenant, Model: cell.modelId });
    }
    for (const [name, all] of values) {
      for (const value of all.slice(part * mostValues, (part + 1) * mostValues)) {
        metrics.addMetric(name, metricTable[name].unit, value);
      }
    }
    return metrics.serializeMetrics();
  });
}

function valuesOf(name: MetricName, { sum, values }: Samples): number[] {
  const { parts } = metricTable[name];
  return values
    ? [...values].flatMap(([value, times]) => Array<number>(times).fill(value / parts))
    : [sum / parts];
}
