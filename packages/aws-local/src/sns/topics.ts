/** Topics and their subscriptions, kept in a file when there is a folder. */
import { z } from "zod";
import { JsonFile } from "../json-file.ts";
import { newId } from "../system.ts";
import { snsError } from "./errors.ts";

const subscriptionSchema = z.object({
  arn: z.string(),
  topicArn: z.string(),
  protocol: z.string(),
  endpoint: z.string(),
  /** Only a confirmed subscription is delivered to. */
  confirmed: z.boolean(),
});
const keptSchema = z.object({
  topics: z.array(z.object({ arn: z.string(), attributes: z.record(z.string(), z.string()) })),
  subscriptions: z.array(subscriptionSchema),
});

export type Subscription = z.infer<typeof subscriptionSchema>;
export type Topic = z.infer<typeof keptSchema>["topics"][number];

export class Topics {
  readonly #arnPrefix: string;
  readonly #file: JsonFile<z.infer<typeof keptSchema>>;
  readonly #topics: Map<string, Topic>;
  #subscriptions: Subscription[];

  constructor(path: string | undefined, arnPrefix: string) {
    this.#arnPrefix = arnPrefix;
    this.#file = new JsonFile(path, keptSchema);
    const kept = this.#file.read();
    this.#topics = new Map((kept?.topics ?? []).map((topic) => [topic.arn, topic]));
    this.#subscriptions = kept?.subscriptions ?? [];
  }

  /** Makes a topic, or tells the ARN of the one that has the name. Throws a QueryError. */
  create(name: string, attributes: Record<string, string>): string {
    if (!/^[\w-]{1,256}$/.test(name)) {
      throw snsError("InvalidParameter", "Invalid parameter: Topic Name");
    }
    const arn = `${this.#arnPrefix}:${name}`;
    const known = this.#topics.get(arn);
    if (known && Object.entries(attributes).some(([key, value]) => known.attributes[key] !== value)) {
      throw snsError(
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
      );
    }
    if (known === undefined) {
      this.#topics.set(arn, { arn, attributes });
      this.#save();
    }
    return arn;
  }

  /** Forgets a topic and its subscriptions; one that does not exist is no error. */
  delete(arn: string): void {
    this.#topics.delete(arn);
    this.#subscriptions = this.#subscriptions.filter(({ topicArn }) => topicArn !== arn);
    this.#save();
  }

  /** Throws NotFound. */
  get(arn: string): Topic {
    const topic = this.#topics.get(arn);
    if (topic === undefined) {
      throw snsError("NotFound", "Topic does not exist");
    }
    return topic;
  }

  has(arn: string): boolean {
    return this.#topics.has(arn);
  }

  list(): Topic[] {
    return [...this.#topics.values()];
  }

  /** Adds a subscription, or gives the one that has the same endpoint. Throws NotFound. */
  subscribe(topicArn: string, protocol: string, endpoint: string, confirmed: boolean): Subscription {
    const known = this.subscriptionsOf(topicArn).find(
      (one) => one.protocol === protocol && one.endpoint === endpoint,
    );
    const subscription = known ?? { arn: `${topicArn}:${newId()}`, topicArn, protocol, endpoint, confirmed };
    if (known === undefined) {
      this.#subscriptions.push(subscription);
      this.#save();
    }
    return subscription;
  }

  /** Forgets a subscription; one that does not exist is no error. */
  unsubscribe(arn: string): void {
    this.#subscriptions = this.#subscriptions.filter((one) => one.arn !== arn);
    this.#save();
  }

  /** Throws NotFound when the topic does not exist. */
  subscriptionsOf(topicArn: string): Subscription[] {
    this.get(topicArn);
    return this.#subscriptions.filter((one) => one.topicArn === topicArn);
  }

  #save(): void {
    this.#file.write({ topics: this.list(), subscriptions: this.#subscriptions });
  }
}
