/** What each SNS operation does, from the form to the XML inside its result element. */
import { notServed, QueryError } from "../query-service.ts";
import { xmlElement } from "../xml.ts";
import { snsError } from "./errors.ts";
import { entriesOf } from "./form.ts";
import { readMessage } from "./message.ts";
import type { Publisher } from "./publisher.ts";
import type { Topics } from "./topics.ts";

export interface SnsParts {
  readonly topics: Topics;
  readonly publisher: Publisher;
  readonly accountId: string;
}

type Operation = (form: URLSearchParams, parts: SnsParts) => string;

const pageSize = 100;
const protocols = ["http", "https", "email", "email-json", "sqs", "sms", "lambda", "firehose", "application"];

/** Each gives the XML inside its result element, or throws a QueryError. */
export const operations: Readonly<Record<string, Operation>> = {
  CreateTopic: (form, { topics }) => {
    const attributes = entriesOf(form, "Attributes.entry").map(
      (entry) => [entry.get("key") ?? "", entry.get("value") ?? ""] as const,
    );
    return xmlElement("TopicArn", topics.create(form.get("Name") ?? "", Object.fromEntries(attributes)));
  },
  DeleteTopic: (form, { topics }) => {
    topics.delete(required(form, "TopicArn"));
    return "";
  },
  ListTopics: (form, { topics }) =>
    page(form, "Topics", topics.list(), ({ arn }) => xmlElement("TopicArn", arn)),
  GetTopicAttributes: (form, { topics, accountId }) => {
    const { arn, attributes } = topics.get(required(form, "TopicArn"));
    const subscriptions = topics.subscriptionsOf(arn);
    const confirmed = subscriptions.filter((one) => one.confirmed).length;
    const all = {
      DisplayName: "",
      ...attributes,
      TopicArn: arn,
      Owner: accountId,
      SubscriptionsConfirmed: `${confirmed}`,
      SubscriptionsPending: `${subscriptions.length - confirmed}`,
      SubscriptionsDeleted: "0",
    };
    const entries = Object.entries(all).map(
      ([key, value]) => `<entry>${xmlElement("key", key)}${xmlElement("value", value)}</entry>`,
    );
    return `<Attributes>${entries.join("")}</Attributes>`;
  },
  Subscribe: (form, { topics }) => {
    const topicArn = required(form, "TopicArn");
    const protocol = required(form, "Protocol");
    const endpoint = required(form, "Endpoint");
    if (!protocols.includes(protocol)) {
      throw snsError(
        "InvalidParameter",
        `Invalid parameter: Does not support this protocol string: ${protocol}`,
      );
    }
    if (entriesOf(form, "Attributes.entry").length > 0) {
      throw notServed("attributes of subscriptions");
    }
    const isHttp = protocol === "http" || protocol === "https";
    if (isHttp && !endpoint.startsWith(`${protocol}://`)) {
      throw snsError("InvalidParameter", "Invalid parameter: Endpoint must match the specified protocol");
    }
    const { arn, confirmed } = topics.subscribe(topicArn, protocol, endpoint, isHttp && isLoopback(endpoint));
    const shown = confirmed || form.get("ReturnSubscriptionArn") === "true" ? arn : "pending confirmation";
    return xmlElement("SubscriptionArn", shown);
  },
  Unsubscribe: (form, { topics }) => {
    topics.unsubscribe(required(form, "SubscriptionArn"));
    return "";
  },
  ListSubscriptionsByTopic: (form, { topics, accountId }) =>
    page(form, "Subscriptions", topics.subscriptionsOf(required(form, "TopicArn")), (one) =>
      [
        xmlElement("SubscriptionArn", one.confirmed ? one.arn : "PendingConfirmation"),
        xmlElement("Owner", accountId),
        xmlElement("Protocol", one.protocol),
        xmlElement("Endpoint", one.endpoint),
        xmlElement("TopicArn", one.topicArn),
      ].join(""),
    ),
  Publish: (form, { publisher }) => {
    const topicArn = form.get("TargetArn") ?? required(form, "TopicArn");
    return xmlElement("MessageId", publisher.publish(topicArn, readMessage(form)));
  },
  PublishBatch: (form, { topics, publisher }) => {
    const { arn } = topics.get(required(form, "TopicArn"));
    const entries = entriesOf(form, "PublishBatchRequestEntries.member");
    if (entries.length === 0) {
      throw snsError("EmptyBatchRequest", "The batch request doesn't contain any entries.");
    }
    if (entries.length > 10) {
      throw snsError(
        "TooManyEntriesInBatchRequest",
        "The batch request contains more entries than permissible.",
      );
    }
    const ids = entries.map((entry) => entry.get("Id") ?? "");
    if (new Set(ids).size < ids.length) {
      throw snsError(
        "BatchEntryIdsNotDistinct",
        "Two or more batch entries in the request have the same Id.",
      );
    }
    const outcomes = entries.map((entry) => publishEntry(entry, arn, publisher));
    const list = (name: string, failed: boolean) =>
      `<${name}>${outcomes
        .filter((one) => one.failed === failed)
        .map(({ xml }) => `<member>${xml}</member>`)
        .join("")}</${name}>`;
    return list("Successful", false) + list("Failed", true);
  },
};

function publishEntry(entry: Map<string, string>, topicArn: string, publisher: Publisher) {
  const id = xmlElement("Id", entry.get("Id") ?? "");
  try {
    const messageId = publisher.publish(topicArn, readMessage(new URLSearchParams([...entry])));
    return { failed: false, xml: id + xmlElement("MessageId", messageId) };
  } catch (error) {
    if (!(error instanceof QueryError)) {
      throw error;
    }
    const sender = xmlElement("SenderFault", `${error.side === "Sender"}`);
    return {
      failed: true,
      xml: id + xmlElement("Code", error.code) + xmlElement("Message", error.message) + sender,
    };
  }
}

function page<T>(form: URLSearchParams, name: string, all: readonly T[], inside: (one: T) => string): string {
  const offset = Number(form.get("NextToken") ?? 0);
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw snsError("InvalidParameter", "Invalid parameter: NextToken");
  }
  const end = offset + pageSize;
  const members = all.slice(offset, end).map((one) => `<member>${inside(one)}</member>`);
  return `<${name}>${members.join("")}</${name}>${all.length > end ? xmlElement("NextToken", `${end}`) : ""}`;
}

function required(form: URLSearchParams, name: string): string {
  const value = form.get(name);
  if (!value) {
    throw snsError("InvalidParameter", `Invalid parameter: ${name}`);
  }
  return value;
}

function isLoopback(endpoint: string): boolean {
  const host = URL.canParse(endpoint) ? new URL(endpoint).hostname : "";
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}
