/** Sends alerts to an SNS topic. */
import { PublishCommand, type SNSClient } from "@aws-sdk/client-sns";
import type { Alert } from "../alerts/alert.ts";
import { type AlertChannel, DeliveryError } from "../alerts/alert-channel.ts";
import { alertMessage } from "../alerts/alert-message.ts";

export interface SnsAlertTopicOptions {
  readonly client: SNSClient;
  readonly topicArn: string;
}

/** SNS: 1 to 100 printable ASCII characters, the first not a space (API reference, Publish). */
const mostSubjectCharacters = 100;

/**
 * A standard topic may deliver a message more than once, and a publish whose answer was lost is made again: the
 * attribute `alertId` tells. A FIFO topic takes the id as its deduplication id, which holds for five minutes (SNS
 * developer guide, "fifo-message-dedup"), so that later repeats come through there too, with the attribute.
 */
export class SnsAlertTopic implements AlertChannel {
  readonly name = "sns";
  private readonly options: SnsAlertTopicOptions;

  constructor(options: SnsAlertTopicOptions) {
    this.options = options;
  }

  async send(alert: Alert): Promise<void> {
    const { client, topicArn } = this.options;
    const text = (value: string) => ({ DataType: "String", StringValue: value });
    try {
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: `Caprock: ${alert.rule} alert of ${alert.owner}`.slice(0, mostSubjectCharacters),
          Message: alertMessage(alert),
          MessageAttributes: {
            alertId: text(alert.id),
            owner: text(alert.owner),
            rule: text(alert.rule),
          },
          ...(topicArn.endsWith(".fifo")
            ? { MessageDeduplicationId: alert.id, MessageGroupId: alert.owner }
            : {}),
        }),
      );
    } catch (error) {
      throw new DeliveryError(`SNS: ${error instanceof Error ? error.name : "unknown error"}`, {
        cause: error,
      });
    }
  }
}
