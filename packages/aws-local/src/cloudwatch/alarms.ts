/** The alarms: put, described, deleted, set, and evaluated from the metrics once a minute and when data comes. */
import { z } from "zod";
import { JsonFile } from "../json-file.ts";
import { type Alarm, alarmConfiguration, alarmSchema, statisticName } from "./alarm.ts";
import { type AlarmMessage, alarmMessage } from "./alarm-message.ts";
import { cloudWatchError } from "./errors.ts";
import { evaluateAlarm, lastIntervalEndMs } from "./evaluate-alarm.ts";
import { type AlarmState, states } from "./judge.ts";
import type { MetricStore } from "./metric-store.ts";
import { offsetOf, tokenAt } from "./page-token.ts";
import { checkRequest } from "./read-request.ts";
import { findStatistic } from "./statistics.ts";

const names = z.array(z.string().min(1)).max(100);
const putRequest = alarmConfiguration.extend({ Tags: z.array(z.unknown()).optional() });
const deleteRequest = z.strictObject({ AlarmNames: names });
const setStateRequest = z.strictObject({
  AlarmName: z.string().min(1).max(255),
  StateValue: z.enum(states),
  StateReason: z.string().max(1023),
  StateReasonData: z.string().max(4000).optional(),
});
const describeRequest = z.strictObject({
  AlarmNames: names.optional(),
  AlarmNamePrefix: z.string().optional(),
  AlarmTypes: z.array(z.string()).default(["MetricAlarm"]),
  StateValue: z.enum(states).optional(),
  ActionPrefix: z.string().optional(),
  MaxRecords: z.number().int().min(1).max(100).default(50),
  NextToken: z.string().optional(),
});

export interface AlarmParts {
  readonly metrics: MetricStore;
  readonly accountId: string;
  readonly region: string;
  readonly nowMs: () => number;
  /** Sends to an action's ARN; one that leads nowhere is passed over. */
  readonly notify: (actionArn: string, message: AlarmMessage) => void;
}

export class Alarms {
  readonly #parts: AlarmParts;
  readonly #file: JsonFile<Alarm[]>;
  readonly #alarms: Map<string, Alarm>;
  /** By alarm: the minute and the data it was last evaluated on. */
  readonly #seen = new Map<string, string>();

  /** With a path the alarms and their states are kept there. */
  constructor(path: string | undefined, parts: AlarmParts) {
    this.#parts = parts;
    this.#file = new JsonFile(path, z.array(alarmSchema));
    this.#alarms = new Map((this.#file.read() ?? []).map((alarm) => [alarm.configuration.AlarmName, alarm]));
  }

  /** PutMetricAlarm. A new alarm has insufficient data; one that exists keeps its state. */
  put(json: unknown): void {
    const { Tags: _, ...configuration } = checkRequest(putRequest, json);
    const { Period, EvaluationPeriods, DatapointsToAlarm = 1, Statistic, ExtendedStatistic } = configuration;
    if ((Statistic === undefined) === (ExtendedStatistic === undefined)) {
      throw cloudWatchError("ValidationError", "Exactly one of Statistic and ExtendedStatistic is required.");
    }
    if (findStatistic(statisticName(configuration)) === undefined) {
      throw cloudWatchError(
        "ValidationError",
        `aws-local does not serve the statistic "${ExtendedStatistic}".`,
      );
    }
    if (DatapointsToAlarm > EvaluationPeriods) {
      throw cloudWatchError("ValidationError", "DatapointsToAlarm must not exceed EvaluationPeriods.");
    }
    if (Period * EvaluationPeriods > (Period < 3_600 ? 86_400 : 604_800)) {
      throw cloudWatchError(
        "ValidationError",
        "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400), or a week for periods of an hour and more.",
      );
    }
    const nowMs = this.#parts.nowMs();
    const earlier = this.#alarms.get(configuration.AlarmName) ?? {
      state: "INSUFFICIENT_DATA",
      reason: "Unchecked: Initial alarm creation",
      stateSinceMs: nowMs,
      updatedAtMs: nowMs,
    };
    this.#keep({ ...earlier, configuration, configuredAtMs: nowMs });
    this.#seen.delete(configuration.AlarmName);
  }

  /** DeleteAlarms: all of them, or none when one does not exist. */
  delete(json: unknown): void {
    const { AlarmNames } = checkRequest(deleteRequest, json);
    const unknown = AlarmNames.find((name) => !this.#alarms.has(name));
    if (unknown !== undefined) {
      throw cloudWatchError("ResourceNotFound", `The alarm "${unknown}" does not exist.`);
    }
    for (const name of AlarmNames) {
      this.#alarms.delete(name);
    }
    this.#save();
  }

  /** SetAlarmState. Lasts until the alarm is evaluated again: the next minute, or the next datum. */
  setState(json: unknown): void {
    const request = checkRequest(setStateRequest, json);
    const alarm = this.#alarms.get(request.AlarmName);
    if (alarm === undefined) {
      throw cloudWatchError("ResourceNotFound", `The alarm "${request.AlarmName}" does not exist.`);
    }
    this.#seen.set(request.AlarmName, this.#moment(alarm));
    this.#enter(alarm, request.StateValue, request.StateReason, request.StateReasonData);
  }

  /** DescribeAlarms. The answer's JSON. */
  describe(json: unknown): object {
    const request = checkRequest(describeRequest, json);
    const { AlarmNames, AlarmNamePrefix = "", StateValue, ActionPrefix, MaxRecords } = request;
    const offset = offsetOf(request);
    const found = [...this.#alarms.values()]
      .filter(({ configuration: { AlarmName, AlarmActions, OKActions, InsufficientDataActions }, state }) => {
        const actions = [...AlarmActions, ...OKActions, ...InsufficientDataActions];
        return (
          request.AlarmTypes.includes("MetricAlarm") &&
          (AlarmNames?.includes(AlarmName) ?? true) &&
          AlarmName.startsWith(AlarmNamePrefix) &&
          (StateValue ?? state) === state &&
          (ActionPrefix === undefined || actions.some((action) => action.startsWith(ActionPrefix)))
        );
      })
      .sort((a, b) => (a.configuration.AlarmName < b.configuration.AlarmName ? -1 : 1));
    const end = offset + MaxRecords;
    return {
      MetricAlarms: found.slice(offset, end).map((alarm) => ({
        ...alarm.configuration,
        AlarmArn: this.#arn(alarm),
        AlarmConfigurationUpdatedTimestamp: alarm.configuredAtMs / 1_000,
        StateValue: alarm.state,
        StateReason: alarm.reason,
        StateReasonData: alarm.reasonData,
        StateUpdatedTimestamp: alarm.updatedAtMs / 1_000,
        StateTransitionedTimestamp: alarm.stateSinceMs / 1_000,
      })),
      CompositeAlarms: [],
      ...(found.length > end ? { NextToken: tokenAt(request, end) } : {}),
    };
  }

  /** Looks at every alarm for which a minute has passed or data has come since it was looked at. */
  evaluate(): void {
    const { metrics, nowMs } = this.#parts;
    for (const alarm of this.#alarms.values()) {
      const { configuration } = alarm;
      const moment = this.#moment(alarm);
      if (this.#seen.get(configuration.AlarmName) !== moment) {
        this.#seen.set(configuration.AlarmName, moment);
        const verdict = evaluateAlarm(alarm, metrics, nowMs());
        if (verdict !== undefined && (verdict.state !== alarm.state || verdict.reason !== alarm.reason)) {
          this.#enter(alarm, verdict.state, verdict.reason, verdict.reasonData);
        }
      }
    }
  }

  #moment({ configuration }: Alarm): string {
    const { metrics, nowMs } = this.#parts;
    return `${lastIntervalEndMs(configuration, nowMs())} ${metrics.revision(configuration)}`;
  }

  #enter(alarm: Alarm, state: AlarmState, reason: string, reasonData: string | undefined): void {
    const { accountId, region, nowMs, notify } = this.#parts;
    const changed = state !== alarm.state;
    const updatedAtMs = nowMs();
    const stateSinceMs = changed ? updatedAtMs : alarm.stateSinceMs;
    const next: Alarm = { ...alarm, state, reason, reasonData, updatedAtMs, stateSinceMs };
    this.#keep(next);
    if (changed && next.configuration.ActionsEnabled) {
      const { OKActions, AlarmActions, InsufficientDataActions } = next.configuration;
      const actions = { OK: OKActions, ALARM: AlarmActions, INSUFFICIENT_DATA: InsufficientDataActions }[
        state
      ];
      const message = alarmMessage(next, alarm.state, this.#arn(next), accountId, region);
      for (const action of actions) {
        notify(action, message);
      }
    }
  }

  #arn({ configuration }: Alarm): string {
    return `arn:aws:cloudwatch:${this.#parts.region}:${this.#parts.accountId}:alarm:${configuration.AlarmName}`;
  }

  #keep(alarm: Alarm): void {
    this.#alarms.set(alarm.configuration.AlarmName, alarm);
    this.#save();
  }

  #save(): void {
    this.#file.write([...this.#alarms.values()]);
  }
}
