/** CloudWatch: metrics and alarms over awsJson1_0 in query-compatible mode, with faults. */
import { join } from "node:path";
import type { Exchange } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import { QueryError, strikeQuery } from "../query-service.ts";
import { newId } from "../system.ts";
import { type AlarmParts, Alarms } from "./alarms.ts";
import { cloudWatchError, shapeOf } from "./errors.ts";
import { getMetricData } from "./get-metric-data.ts";
import { listMetrics } from "./list-metrics.ts";
import { MetricStore } from "./metric-store.ts";
import { putMetricData } from "./put-metric-data.ts";
import { readJson } from "./read-request.ts";

export interface CloudWatch {
  serve(exchange: Exchange): Promise<void>;
  close(): void;
}

/** What the service's target header begins with. */
export const cloudWatchTarget = "GraniteServiceVersion20100801.";

const errorPrefix = "com.amazonaws.cloudwatch.v2010_08_01#";
const evaluationIntervalMs = 60_000;

/** Opens the metrics and alarms kept in `folder`; without one they are forgotten at close. */
export async function startCloudWatch(
  folder: string | undefined,
  faults: Faults,
  parts: Omit<AlarmParts, "metrics">,
): Promise<CloudWatch> {
  const { nowMs } = parts;
  const metrics = await MetricStore.open(folder && join(folder, "metrics.jsonl"), nowMs());
  const alarms = new Alarms(folder && join(folder, "alarms.json"), { ...parts, metrics });
  const timer = setInterval(() => alarms.evaluate(), evaluationIntervalMs).unref();

  const operations: Readonly<Record<string, (json: unknown) => object | undefined>> = {
    PutMetricData: (json) => {
      putMetricData(json, metrics, nowMs());
      alarms.evaluate();
      return undefined;
    },
    GetMetricData: (json) => getMetricData(json, metrics, nowMs()),
    ListMetrics: (json) => listMetrics(json, metrics, nowMs()),
    PutMetricAlarm: (json) => {
      alarms.put(json);
      return undefined;
    },
    DescribeAlarms: (json) => {
      alarms.evaluate();
      return alarms.describe(json);
    },
    DeleteAlarms: (json) => {
      alarms.delete(json);
      return undefined;
    },
    SetAlarmState: (json) => {
      alarms.setState(json);
      return undefined;
    },
  };

  return {
    async serve(exchange) {
      const headers = { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": newId() };
      try {
        const name = String(exchange.headers["x-amz-target"]).slice(cloudWatchTarget.length);
        const operation = operations[name];
        if (operation === undefined) {
          const served = Object.keys(operations).join(", ");
          throw cloudWatchError("UnknownOperationException", `aws-local serves ${served}.`);
        }
        if (!exchange.headers.authorization) {
          throw cloudWatchError("MissingAuthenticationToken", "Missing Authentication Token");
        }
        const fault = faults.takeQuery("cloudwatch", name);
        await strikeQuery(fault, exchange.gone, ["Throttling", 400], ["InternalServiceError", 500]);
        const answer = operation(readJson(exchange));
        if (fault?.kind === "lostAnswer") {
          exchange.cut();
        } else {
          exchange.send(200, headers, JSON.stringify(answer ?? {}));
        }
      } catch (error) {
        const known =
          error instanceof QueryError ? error : cloudWatchError("InternalServiceError", "aws-local failed.");
        const body = JSON.stringify({ __type: errorPrefix + shapeOf(known), message: known.message });
        const queryError = { "x-amzn-query-error": `${known.code};${known.side}` };
        exchange.send(known.httpStatus, { ...headers, ...queryError }, body);
        if (known !== error) {
          throw error;
        }
      }
    },
    close() {
      clearInterval(timer);
      metrics.close();
    },
  };
}
