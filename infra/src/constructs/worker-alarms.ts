/** Alarms for the worker: without it holds stay open, alerts are not sent and months are not closed, all in silence. */
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { Construct } from "constructs";
import type { AlertTopic } from "./alert-topic.ts";

export interface WorkerAlarmsProps {
  readonly namePrefix: string;
  readonly worker: LambdaFunction;
  readonly alertTopic: AlertTopic;
}

/** Several rounds of any schedule that makes sense for the worker. */
const periodSeconds = 900;

/** They tell the alert topic when they go off and when all is well again. */
export class WorkerAlarms extends Construct {
  constructor(scope: Construct, id: string, { namePrefix, worker, alertTopic }: WorkerAlarmsProps) {
    super(scope, id);
    const common = {
      namespace: "AWS/Lambda",
      dimensions: { FunctionName: worker.functionName },
      statistic: "Sum",
      period: periodSeconds,
      evaluationPeriods: 1,
      alarmActions: [alertTopic.arn],
      okActions: [alertTopic.arn],
    };
    new CloudwatchMetricAlarm(this, "errors", {
      ...common,
      alarmName: `${namePrefix}-worker-errors`,
      alarmDescription: "A round of the Caprock worker failed in the last 15 minutes; its log tells why.",
      metricName: "Errors",
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      // Of a function that did not run there is no data: that is the other alarm's business.
      treatMissingData: "notBreaching",
    });
    new CloudwatchMetricAlarm(this, "silent", {
      ...common,
      alarmName: `${namePrefix}-worker-silent`,
      alarmDescription:
        "The Caprock worker has not run for 15 minutes: holds, alerts and reports wait for it.",
      metricName: "Invocations",
      comparisonOperator: "LessThanThreshold",
      threshold: 1,
      treatMissingData: "breaching",
    });
  }
}
