/** Publishes: records each message and sends it to the topic's confirmed subscriptions, on loopback alone. */
import { newId } from "../system.ts";
import type { Message, MessageAttribute } from "./message.ts";
import type { Subscription, Topics } from "./topics.ts";

export interface Delivery {
  readonly subscriptionArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  /** `pending`: the subscription is not confirmed, nothing is sent. `failed`: no 2xx answer came; SNS would retry. */
  outcome: "pending" | "sending" | "delivered" | "failed";
  httpStatus?: number;
}

/** One published message, as the control route lists it. */
export interface PublishedMessage {
  readonly messageId: string;
  readonly topicArn: string;
  readonly subject?: string | undefined;
  readonly message: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  readonly publishedAtMs: number;
  readonly deliveries: readonly Delivery[];
}

/** How long an endpoint may take to answer, as with SNS. */
const deliveryTimeoutMs = 15_000;

export class Publisher {
  readonly #topics: Topics;
  readonly #nowMs: () => number;
  readonly #baseUrl: () => string;
  readonly #published: PublishedMessage[] = [];
  readonly #sending = new Set<Promise<void>>();
  readonly #closing = new AbortController();

  constructor(topics: Topics, nowMs: () => number, baseUrl: () => string) {
    this.#topics = topics;
    this.#nowMs = nowMs;
    this.#baseUrl = baseUrl;
  }

  /** Tells the message's id at once; deliveries follow. Throws NotFound when the topic does not exist. */
  publish(topicArn: string, message: Message): string {
    const sent = this.#topics.subscriptionsOf(topicArn).map((subscription) => ({
      confirmed: subscription.confirmed,
      delivery: deliveryTo(subscription),
    }));
    const published: PublishedMessage = {
      messageId: newId(),
      topicArn,
      ...message,
      publishedAtMs: this.#nowMs(),
      deliveries: sent.map(({ delivery }) => delivery),
    };
    this.#published.push(published);
    for (const { delivery } of sent.filter(({ confirmed }) => confirmed)) {
      const sending: Promise<void> = this.#send(published, delivery).finally(() =>
        this.#sending.delete(sending),
      );
      this.#sending.add(sending);
    }
    return published.messageId;
  }

  /** What was published since the start, oldest first. */
  published(topicArn?: string): readonly PublishedMessage[] {
    return this.#published.filter((one) => (topicArn ?? one.topicArn) === one.topicArn);
  }

  /** Breaks off deliveries and waits until none is under way. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all(this.#sending);
  }

  async #send(published: PublishedMessage, delivery: Delivery): Promise<void> {
    delivery.outcome = "sending";
    try {
      const response = await fetch(delivery.endpoint, {
        method: "POST",
        headers: {
          "content-type": "text/plain; charset=UTF-8",
          "user-agent": "Amazon Simple Notification Service Agent",
          "x-amz-sns-message-type": "Notification",
          "x-amz-sns-message-id": published.messageId,
          "x-amz-sns-topic-arn": published.topicArn,
          "x-amz-sns-subscription-arn": delivery.subscriptionArn,
        },
        body: JSON.stringify(notification(published, delivery, this.#baseUrl())),
        redirect: "manual",
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(deliveryTimeoutMs)]),
      });
      await response.body?.cancel();
      delivery.httpStatus = response.status;
      delivery.outcome = response.ok ? "delivered" : "failed";
    } catch {
      delivery.outcome = "failed";
    }
  }
}

function deliveryTo({ arn, protocol, endpoint }: Subscription): Delivery {
  return { subscriptionArn: arn, protocol, endpoint, outcome: "pending" };
}

/** The body that SNS sends. It cannot be signed as SNS signs, and says so. */
function notification(published: PublishedMessage, { subscriptionArn }: Delivery, baseUrl: string): object {
  const unsubscribe = new URLSearchParams({ Action: "Unsubscribe", SubscriptionArn: subscriptionArn });
  return {
    Type: "Notification",
    MessageId: published.messageId,
    TopicArn: published.topicArn,
    ...(published.subject === undefined ? {} : { Subject: published.subject }),
    Message: published.message,
    Timestamp: new Date(published.publishedAtMs).toISOString(),
    SignatureVersion: "1",
    Signature: Buffer.from("aws-local does not sign").toString("base64"),
    SigningCertURL: `${baseUrl}/_aws-local/no-certificate.pem`,
    UnsubscribeURL: `${baseUrl}/?${unsubscribe}`,
    ...(Object.keys(published.attributes).length > 0 ? { MessageAttributes: published.attributes } : {}),
  };
}
