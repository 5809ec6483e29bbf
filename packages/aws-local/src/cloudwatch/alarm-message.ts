/** What an alarm sends to an SNS topic when its state changes, in the form that AWS documents. */
import { type Alarm, statisticName } from "./alarm.ts";
import { awsTime } from "./evaluate-alarm.ts";
import type { AlarmState } from "./judge.ts";

export interface AlarmMessage {
  readonly subject: string;
  /** JSON. */
  readonly message: string;
}

/** AWS writes the region's long name in `Region`; this writes its code. */
export function alarmMessage(
  alarm: Alarm,
  oldState: AlarmState,
  arn: string,
  accountId: string,
  region: string,
): AlarmMessage {
  const { configuration } = alarm;
  const message = {
    AlarmName: configuration.AlarmName,
    AlarmDescription: configuration.AlarmDescription ?? null,
    AWSAccountId: accountId,
    AlarmConfigurationUpdatedTimestamp: awsTime(alarm.configuredAtMs),
    NewStateValue: alarm.state,
    NewStateReason: alarm.reason,
    StateChangeTime: awsTime(alarm.stateSinceMs),
    Region: region,
    AlarmArn: arn,
    OldStateValue: oldState,
    OKActions: configuration.OKActions,
    AlarmActions: configuration.AlarmActions,
    InsufficientDataActions: configuration.InsufficientDataActions,
    Trigger: {
      MetricName: configuration.MetricName,
      Namespace: configuration.Namespace,
      ...(configuration.Statistic === undefined
        ? { StatisticType: "ExtendedStatistic", ExtendedStatistic: configuration.ExtendedStatistic }
        : { StatisticType: "Statistic", Statistic: statisticName(configuration).toUpperCase() }),
      Unit: configuration.Unit ?? null,
      Dimensions: configuration.Dimensions.map(({ Name, Value }) => ({ value: Value, name: Name })),
      Period: configuration.Period,
      EvaluationPeriods: configuration.EvaluationPeriods,
      DatapointsToAlarm: configuration.DatapointsToAlarm ?? configuration.EvaluationPeriods,
      ComparisonOperator: configuration.ComparisonOperator,
      Threshold: configuration.Threshold,
      TreatMissingData: configuration.TreatMissingData ?? "missing",
      EvaluateLowSampleCountPercentile: configuration.EvaluateLowSampleCountPercentile ?? "",
    },
  };
  return {
    subject: `${alarm.state}: "${configuration.AlarmName}" in ${region}`.slice(0, 100),
    message: JSON.stringify(message),
  };
}
