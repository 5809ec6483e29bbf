/** Reads sums of metrics with GetMetricData, many series and pages at a time. */
import {
  type CloudWatchClient,
  GetMetricDataCommand,
  type MetricDataQuery,
} from "@aws-sdk/client-cloudwatch";
import { type DimensionName, type MetricName, metricNamespace } from "../metrics/metric-table.ts";

/** What one GetMetricData takes (Amazon CloudWatch API reference, GetMetricData). */
const queriesAtOnce = 500;

export type SeriesDimensions = Readonly<Partial<Record<DimensionName, string>>>;

export interface WantedSeries<Group> {
  /** Whatever the asker wants to know the sums by. */
  readonly group: Group;
  readonly dimensions: SeriesDimensions;
  readonly metric: MetricName;
}

export interface SeriesRange {
  readonly startMs: number;
  readonly endMs: number;
  readonly periodSeconds: number;
}

/** Calls `take` with every period that has data. */
export async function readSeries<Group>(
  client: CloudWatchClient,
  wanted: readonly WantedSeries<Group>[],
  { startMs, endMs, periodSeconds }: SeriesRange,
  take: (series: WantedSeries<Group>, atMs: number, sum: number) => void,
): Promise<void> {
  for (let start = 0; start < wanted.length; start += queriesAtOnce) {
    const some = wanted.slice(start, start + queriesAtOnce);
    let NextToken: string | undefined;
    do {
      const page = await client.send(
        new GetMetricDataCommand({
          MetricDataQueries: some.map((series, index) => queryOf(series, `q${index}`, periodSeconds)),
          StartTime: new Date(startMs),
          EndTime: new Date(endMs),
          ScanBy: "TimestampAscending",
          ...(NextToken === undefined ? {} : { NextToken }),
        }),
      );
      for (const { Id, Timestamps = [], Values = [] } of page.MetricDataResults ?? []) {
        const series = some[Number(Id?.slice(1))];
        for (const [index, at] of Timestamps.entries()) {
          if (series) {
            take(series, at.getTime(), Values[index] ?? 0);
          }
        }
      }
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
  }
}

function queryOf<Group>(
  { dimensions, metric }: WantedSeries<Group>,
  Id: string,
  Period: number,
): MetricDataQuery {
  return {
    Id,
    MetricStat: {
      Metric: {
        Namespace: metricNamespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period,
      Stat: "Sum",
    },
  };
}
