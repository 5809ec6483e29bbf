/** Admin API: which metrics are sent, what they cost, and whether they agree with the ledger. */
import { compareSourcesRoute, readMetricsPolicyRoute } from "@caprock/contract";
import { formatUsd, type Refusal, refusal } from "@caprock/domain";
import {
  cardinalities,
  compareSources,
  metricNamespace,
  monthlyMetricPrice,
  putCallsPrice,
  seriesUnder,
  type UsageSums,
} from "@caprock/metering";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";

/** What one PutMetricData carries, and the seconds of AWS's billing month of 30 days. */
const dataOfCall = 1_000;
const monthSeconds = 30 * 86_400;

export function addMetricRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  const { destination, policy, usage, flushSeconds } = parts.metrics;
  const modelIds = parts.catalog.list().map(({ id }) => id);

  app.openapi(readMetricsPolicyRoute, async (c) => {
    const asked = c.req.valid("query");
    const counted = await usage?.countSeries();
    const tenants = asked.tenants ?? (await parts.tenants.list()).length;
    // Before the first call every model may yet be used: none at all would make the price nothing.
    const models = asked.models ?? (counted?.models || modelIds.length);
    const series = seriesUnder(policy, tenants, models);
    const calls = Math.ceil(series / dataOfCall) * Math.ceil(monthSeconds / flushSeconds);
    return c.json(
      {
        destination,
        namespace: metricNamespace,
        ...policy,
        ...(counted === undefined
          ? {}
          : {
              current: {
                series: counted.series,
                monthlyUsd: formatUsd(monthlyMetricPrice(counted.series)),
              },
            }),
        assumed: { tenants, models },
        policies: cardinalities.map((cardinality) => {
          const under = seriesUnder({ ...policy, cardinality }, tenants, models);
          return { cardinality, series: under, monthlyUsd: formatUsd(monthlyMetricPrice(under)) };
        }),
        putCallsMonthlyUsd: formatUsd(putCallsPrice(calls)),
      },
      200,
    );
  });

  app.openapi(compareSourcesRoute, async (c) => {
    const { from, to } = c.req.valid("query");
    if (usage === undefined) {
      return answerProblem(c, metricsAreOff.refused) as never;
    }
    const compared = await compareSources(
      {
        tenantIds: (await parts.tenants.list()).map(({ id }) => id),
        modelIds,
        startMs: Date.parse(from),
        endMs: Date.parse(to),
      },
      { ledger: parts.ledger, rollUps: parts.rollUps, metricUsage: usage, cardinality: policy.cardinality },
    );
    if ("refused" in compared) {
      return answerProblem(c, compared.refused) as never;
    }
    return c.json(
      {
        comparedAt: new Date(parts.clock.now()).toISOString(),
        agrees: compared.every(({ agrees }) => agrees),
        rows: compared.map(({ ledger, cloudWatch, difference, ...row }) => ({
          ...row,
          ledger: sumsView(ledger),
          cloudWatch: sumsView(cloudWatch),
          difference: sumsView(difference),
        })),
      },
      200,
    );
  });
}

/** For whoever asks CloudWatch where nothing is sent to it. */
export const metricsAreOff: Refusal = refusal({
  code: "invalid_request",
  message: "CAPROCK_METRICS is off, so CloudWatch knows nothing. Ask the ledger.",
  param: "source",
});

function sumsView({ requests, usage, costNanoUsd }: UsageSums) {
  return { requests, tokens: usage, costUsd: formatUsd(costNanoUsd) };
}
