import { mkdtemp, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type CloudWatchClient,
  type Dimension,
  GetMetricDataCommand,
  type GetMetricDataCommandInput,
  InvalidNextToken,
  InvalidParameterCombinationException,
  InvalidParameterValueException,
  ListMetricsCommand,
  type MetricDatum,
  MissingRequiredParameterException,
  PutMetricDataCommand,
  paginateGetMetricData,
  paginateListMetrics,
} from "@aws-sdk/client-cloudwatch";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { cloudWatchClient } from "../test-clients.ts";

const minute = 60_000;
const day = 24 * 60 * minute;
const noon = Date.UTC(2026, 10, 20, 12);
const Namespace = "Caprock";

let nowMs: number;
let folder: string;
let local: AwsLocal;
let client: CloudWatchClient;
let bodies: { encoding: string | undefined; bytes: number }[];

beforeEach(async () => {
  nowMs = noon;
  folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  await start();
});
afterEach(async () => {
  client.destroy();
  await local.close();
  await rm(folder, { recursive: true });
});

async function start() {
  local = await startAwsLocal({ dataFolder: folder, nowMs: () => nowMs });
  client = cloudWatchClient(local.url);
  bodies = [];
  client.middlewareStack.add(
    (next) => (args) => {
      const { headers, body } = args.request as { headers: Record<string, string>; body: Uint8Array };
      bodies.push({ encoding: headers["content-encoding"], bytes: body.length });
      return next(args);
    },
    { step: "finalizeRequest", priority: "low" },
  );
}

const put = (...MetricData: MetricDatum[]) =>
  client.send(new PutMetricDataCommand({ Namespace, MetricData }));
const tenant = (Value: string): Dimension => ({ Name: "tenant", Value });

/** One metric's values by the minute they belong to, counted from noon. */
async function read(
  Stat: string,
  {
    Dimensions = [],
    Period = 60,
    ...more
  }: { Dimensions?: Dimension[]; Period?: number } & Partial<GetMetricDataCommandInput> = {},
) {
  const Metric = { Namespace, MetricName: "tokens", Dimensions };
  const answer = await client.send(
    new GetMetricDataCommand({
      StartTime: new Date(noon - 10 * minute),
      EndTime: new Date(noon + 10 * minute),
      ScanBy: "TimestampAscending",
      MetricDataQueries: [{ Id: "q", MetricStat: { Metric, Period, Stat } }],
      ...more,
    }),
  );
  const [result] = answer.MetricDataResults ?? [];
  return (result?.Timestamps ?? []).map((at, i) => [(at.getTime() - noon) / minute, result?.Values?.[i]]);
}

const MetricName = "tokens";
const at = (minutes: number) => new Date(noon + minutes * minute);

test("a value, values with counts and a statistic set are one metric; a period sums them up", async () => {
  await put({ MetricName, Value: 10, Timestamp: at(-3) });
  await put({ MetricName, Values: [1, 2], Counts: [3, 4], Timestamp: at(-3) });
  await put({
    MetricName,
    Timestamp: at(-2.5),
    StatisticValues: { SampleCount: 2, Sum: 50, Minimum: 20, Maximum: 30 },
  });
  await put({ MetricName, Value: 7 });
  expect(await read("Sum")).toEqual([
    [-3, 10 + 3 + 8 + 50],
    [0, 7],
  ]);
  expect(await read("SampleCount")).toEqual([
    [-3, 10],
    [0, 1],
  ]);
  expect(await read("Average")).toEqual([
    [-3, 7.1],
    [0, 7],
  ]);
  expect([await read("Minimum"), await read("Maximum")]).toEqual([
    [
      [-3, 1],
      [0, 7],
    ],
    [
      [-3, 30],
      [0, 7],
    ],
  ]);
  expect(await read("Sum", { Period: 300 })).toEqual([
    [-5, 71],
    [0, 7],
  ]);
  expect(await read("p50"), "a statistic set hides the values it was made of").toEqual([[0, 7]]);
});

test("percentiles are values that occurred, weighted by their counts", async () => {
  await put({ MetricName, Values: [5, 1, 100], Counts: [9, 90, 1] });
  expect([await read("p50"), await read("p90"), await read("p99"), await read("p99.9")]).toEqual([
    [[0, 1]],
    [[0, 1]],
    [[0, 5]],
    [[0, 100]],
  ]);
});

test("a metric is its name and its exact dimensions, in any order", async () => {
  const model = { Name: "model", Value: "m" };
  await put({ MetricName, Value: 1, Dimensions: [tenant("a"), model] });
  await put({ MetricName, Value: 2, Dimensions: [model, tenant("a")] });
  await put({ MetricName, Value: 4, Dimensions: [tenant("a")] });
  await put({ MetricName, Value: 8 });
  expect(await read("Sum", { Dimensions: [tenant("a"), model] })).toEqual([[0, 3]]);
  expect(await read("Sum", { Dimensions: [tenant("a")] })).toEqual([[0, 4]]);
  expect(await read("Sum")).toEqual([[0, 8]]);
  const { Metrics } = await client.send(new ListMetricsCommand({ Dimensions: [{ Name: "model" }] }));
  expect(Metrics).toEqual([{ Namespace, MetricName, Dimensions: [tenant("a"), model] }]);
});

test("a body over 10 KB arrives compressed and is read whole", async () => {
  const tenants = Array.from({ length: 400 }, (_, i) => tenant(`tenant-${i}`));
  await put(...tenants.map((one, i) => ({ MetricName, Value: i, Dimensions: [one] })));
  expect(bodies).toEqual([{ encoding: "gzip", bytes: expect.any(Number) }]);
  expect(await read("Sum", { Dimensions: [tenant("tenant-399")] })).toEqual([[0, 399]]);
});

test("ListMetrics gives 500 metrics a page, each once, and those of the last two weeks alone", async () => {
  await put({ MetricName: "old", Value: 1, Timestamp: at(-13 * 24 * 60) });
  nowMs += 2 * day;
  for (const third of [0, 1, 2]) {
    const names = Array.from({ length: 400 }, (_, i) => `m${third * 400 + i}`);
    await put(...names.map((name) => ({ MetricName: name, Value: 1 })));
  }
  const pages: string[][] = [];
  for await (const { Metrics = [] } of paginateListMetrics({ client }, { Namespace })) {
    pages.push(Metrics.map((metric) => metric.MetricName ?? ""));
  }
  expect(pages.map(({ length }) => length)).toEqual([500, 500, 200]);
  expect(new Set(pages.flat()).size).toBe(1_200);
  expect(pages.flat()).not.toContain("old");
});

test("GetMetricData pages through several metrics, newest first, each datapoint once", async () => {
  for (const name of ["a", "b"]) {
    await put(...[0, 1, 2, 3, 4].map((i) => ({ MetricName: name, Value: i, Timestamp: at(-i) })));
  }
  const found: Record<string, number[]> = { a: [], b: [] };
  const statuses: string[] = [];
  const query = (name: string) => ({
    Id: name,
    MetricStat: { Metric: { Namespace, MetricName: name }, Period: 60, Stat: "Sum" },
  });
  const input = {
    StartTime: at(-10),
    EndTime: at(1),
    MaxDatapoints: 3,
    MetricDataQueries: [query("a"), query("b")],
  };
  for await (const page of paginateGetMetricData({ client }, { ...input })) {
    const results = page.MetricDataResults ?? [];
    for (const { Id = "", Values = [] } of results) {
      found[Id]?.push(...Values);
    }
    statuses.push(results.map((result) => result.StatusCode).join());
  }
  expect(found).toEqual({ a: [0, 1, 2, 3, 4], b: [0, 1, 2, 3, 4] });
  expect(statuses).toEqual([
    "PartialData,PartialData",
    "Complete,PartialData",
    "Complete,PartialData",
    "Complete,Complete",
  ]);
  const { NextToken } = await client.send(new GetMetricDataCommand(input));
  const other = new GetMetricDataCommand({ ...input, MaxDatapoints: 4, NextToken });
  await expect(client.send(other)).rejects.toBeInstanceOf(InvalidNextToken);
});

test("metrics outlive a restart, and are coarser when they are old", async () => {
  await put({ MetricName, Value: 1, Timestamp: at(-1) }, { MetricName, Value: 2, Timestamp: at(-3) });
  await put({ MetricName, Value: 4, Timestamp: at(-3) });
  await local.close();
  await start();
  expect(await read("Sum")).toEqual([
    [-3, 6],
    [-1, 1],
  ]);
  nowMs += 16 * day;
  await local.close();
  await start();
  expect(await read("Sum"), "by the minute it is gone").toEqual([]);
  expect(await read("Sum", { Period: 300 })).toEqual([[-5, 7]]);
  expect(await read("p50", { Period: 300 })).toEqual([[-5, 2]]);
  nowMs += 440 * day;
  await local.close();
  await start();
  expect(await read("Sum", { Period: 3_600 })).toEqual([]);
});

test("a line that a crash cut short costs that datum alone", async () => {
  await put({ MetricName, Value: 1 });
  await put({ MetricName, Value: 2 });
  await local.close();
  const file = join(folder, "cloudwatch", "metrics.jsonl");
  await truncate(file, (await stat(file)).size - 20);
  await start();
  await put({ MetricName, Value: 4 });
  await local.close();
  await start();
  expect(await read("Sum")).toEqual([[0, 5]]);
});

const many = <T>(length: number, make: (i: number) => T) => Array.from({ length }, (_, i) => make(i));

test.each<[string, unknown, MetricDatum[]]>([
  ["over 1,000 metrics", InvalidParameterValueException, many(1_001, () => ({ MetricName, Value: 1 }))],
  ["over 150 values", InvalidParameterValueException, [{ MetricName, Values: many(151, (i) => i) }]],
  [
    "over 30 dimensions",
    InvalidParameterValueException,
    [{ MetricName, Value: 1, Dimensions: many(31, (i) => ({ Name: `d${i}`, Value: "x" })) }],
  ],
  [
    "a time over two weeks ago",
    InvalidParameterValueException,
    [{ MetricName, Value: 1, Timestamp: at(-14 * 24 * 60 - 1) }],
  ],
  [
    "a time over two hours ahead",
    InvalidParameterValueException,
    [{ MetricName, Value: 1, Timestamp: at(121) }],
  ],
  ["not a number", InvalidParameterValueException, [{ MetricName, Value: Number.NaN }]],
  [
    "counts without their values",
    InvalidParameterValueException,
    [{ MetricName, Values: [1, 2], Counts: [1] }],
  ],
  [
    "a dimension named twice",
    InvalidParameterValueException,
    [{ MetricName, Value: 1, Dimensions: [tenant("a"), tenant("b")] }],
  ],
  ["two kinds of value", InvalidParameterCombinationException, [{ MetricName, Value: 1, Values: [1] }]],
  ["no value", MissingRequiredParameterException, [{ MetricName }]],
  ["no name", MissingRequiredParameterException, [{ MetricName: undefined, Value: 1 }]],
])("%s is refused with CloudWatch's typed error, and nothing of the call is kept", async (_, error, data) => {
  const good = { MetricName: "good", Value: 1 };
  await expect(put(good, ...data)).rejects.toBeInstanceOf(error);
  expect((await client.send(new ListMetricsCommand({}))).Metrics).toEqual([]);
});

test("the limits themselves are allowed: two weeks, two hours, 150 values, 30 dimensions", async () => {
  const Dimensions = many(30, (i) => ({ Name: `d${i}`, Value: "x" }));
  await put(
    { MetricName, Value: 1, Timestamp: at(-14 * 24 * 60) },
    { MetricName, Value: 1, Timestamp: at(120) },
    { MetricName, Values: many(150, (i) => i), Dimensions },
  );
  expect(await read("Sum", { Dimensions })).toEqual([[0, (149 * 150) / 2]]);
});

test("a body that inflates to over 1 MB is refused", async () => {
  const Dimensions = many(10, (i) => ({ Name: `d${i}`, Value: "x".repeat(1_000) }));
  const data = many(200, (i) => ({ MetricName: `m${i}`, Value: 1, Dimensions }));
  await expect(put(...data)).rejects.toMatchObject({ $metadata: { httpStatusCode: 413 } });
  expect(bodies[0]?.encoding).toBe("gzip");
});

test("math expressions are refused by name, not answered with a guess", async () => {
  await expect(
    read("Sum", { MetricDataQueries: [{ Id: "q", Expression: "SUM(METRICS())" }] }),
  ).rejects.toMatchObject({
    name: "NotImplemented",
    message: expect.stringContaining("math expressions"),
  });
  await expect(read("TM(10%:90%)")).rejects.toThrow("statistic");
});

test("over 500 queries are refused", async () => {
  const MetricStat = { Metric: { Namespace, MetricName }, Period: 60, Stat: "Sum" };
  const MetricDataQueries = many(501, (i) => ({ Id: `q${i}`, MetricStat }));
  await expect(read("Sum", { MetricDataQueries })).rejects.toMatchObject({ name: "ValidationException" });
});

test("faults strike: a throttle has AWS's name, a lost answer has kept the data", async () => {
  local.addFault({ service: "cloudwatch", kind: "throttle" });
  await expect(put({ MetricName, Value: 1 })).rejects.toMatchObject({ name: "Throttling" });
  local.addFault({ service: "cloudwatch", kind: "error", operation: "GetMetricData" });
  await put({ MetricName, Value: 2 });
  await expect(read("Sum")).rejects.toMatchObject({ name: "InternalServiceFault" });
  local.addFault({ service: "cloudwatch", kind: "lostAnswer" });
  await expect(put({ MetricName, Value: 4 })).rejects.toThrow();
  expect(await read("Sum")).toEqual([[0, 6]]);
});
