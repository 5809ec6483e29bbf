/** What each SQS operation does, from its JSON to its answer. */
import { createHash } from "node:crypto";
import { QueryError } from "../query-service.ts";
import { sleep } from "../system.ts";
import { sqsError } from "./errors.ts";
import { digestAttributes } from "./message-attributes.ts";
import type { Queue, Received } from "./queue.ts";
import { mostMessageBytes } from "./queue-attributes.ts";
import type { Draft, Queues } from "./queues.ts";
import { checkEntries, checkRequest, requests } from "./requests.ts";

export interface SqsCall {
  readonly json: unknown;
  readonly queues: Queues;
  readonly nowMs: () => number;
  /** Of the address that the caller used, for example "http://127.0.0.1:4566/000000000000". */
  readonly baseUrl: string;
  readonly gone: AbortSignal;
}

type Operation = (call: SqsCall) => object | Promise<object>;

export const operations: Readonly<Record<string, Operation>> = {
  CreateQueue: ({ json, queues, baseUrl }) => {
    const { QueueName, Attributes } = checkRequest(requests.CreateQueue, json);
    return { QueueUrl: `${baseUrl}/${queues.create(QueueName, Attributes ?? {}).name}` };
  },
  GetQueueUrl: ({ json, queues, baseUrl }) => {
    const { QueueName } = checkRequest(requests.GetQueueUrl, json);
    return { QueueUrl: `${baseUrl}/${queues.get(QueueName).name}` };
  },
  GetQueueAttributes: ({ json, queues, nowMs }) => {
    const { QueueUrl, AttributeNames = [] } = checkRequest(requests.GetQueueAttributes, json);
    const queue = queueAt(QueueUrl, queues);
    const { visible, inFlight, delayed } = queue.counts(nowMs());
    const all: Record<string, string> = {
      ...queue.attributes.raw,
      QueueArn: queues.arnOf(queue),
      CreatedTimestamp: `${Math.floor(queue.createdAtMs / 1_000)}`,
      LastModifiedTimestamp: `${Math.floor(queue.createdAtMs / 1_000)}`,
      ApproximateNumberOfMessages: `${visible}`,
      ApproximateNumberOfMessagesNotVisible: `${inFlight}`,
      ApproximateNumberOfMessagesDelayed: `${delayed}`,
    };
    const wanted = (name: string) => AttributeNames.includes("All") || AttributeNames.includes(name);
    return { Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => wanted(name))) };
  },
  SendMessage: ({ json, queues }) => {
    const { QueueUrl, ...entry } = checkRequest(requests.SendMessage, json);
    return send(queueAt(QueueUrl, queues), entry, queues);
  },
  SendMessageBatch: ({ json, queues }) => {
    const { QueueUrl, Entries } = checkRequest(requests.SendMessageBatch, json);
    const queue = queueAt(QueueUrl, queues);
    checkEntries(Entries);
    if (
      Entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0) > mostMessageBytes
    ) {
      throw sqsError(
        "AWS.SimpleQueueService.BatchRequestTooLong",
        `Batch requests cannot be longer than ${mostMessageBytes} bytes.`,
      );
    }
    return eachEntry(Entries, (entry) => send(queue, entry, queues));
  },
  ReceiveMessage: async ({ json, queues, nowMs, gone }) => {
    const asked = checkRequest(requests.ReceiveMessage, json);
    const queue = queueAt(asked.QueueUrl, queues);
    const { visibilityMs, waitMs } = queue.attributes;
    const invisibleMs =
      asked.VisibilityTimeout === undefined ? visibilityMs : asked.VisibilityTimeout * 1_000;
    const take = () => queues.receive(queue, asked.MaxNumberOfMessages, invisibleMs);
    const longestMs = asked.WaitTimeSeconds === undefined ? waitMs : asked.WaitTimeSeconds * 1_000;
    const received = await takeWithin(longestMs, take, queue, nowMs, gone);
    if (received.length === 0) {
      return {};
    }
    const names = [...(asked.AttributeNames ?? []), ...(asked.MessageSystemAttributeNames ?? [])];
    return { Messages: received.map((one) => messageView(one, names, asked.MessageAttributeNames ?? [])) };
  },
  DeleteMessage: ({ json, queues }) => {
    const { QueueUrl, ReceiptHandle } = checkRequest(requests.DeleteMessage, json);
    queues.delete(queueAt(QueueUrl, queues), ReceiptHandle);
    return {};
  },
  DeleteMessageBatch: ({ json, queues }) => {
    const { QueueUrl, Entries } = checkRequest(requests.DeleteMessageBatch, json);
    const queue = queueAt(QueueUrl, queues);
    checkEntries(Entries);
    return eachEntry(Entries, ({ ReceiptHandle }) => {
      queues.delete(queue, ReceiptHandle);
      return {};
    });
  },
  ChangeMessageVisibility: ({ json, queues, nowMs }) => {
    const { QueueUrl, ReceiptHandle, VisibilityTimeout } = checkRequest(
      requests.ChangeMessageVisibility,
      json,
    );
    const queue = queueAt(QueueUrl, queues);
    if (!queue.changeVisibility(ReceiptHandle, nowMs() + VisibilityTimeout * 1_000, nowMs())) {
      throw sqsError("AWS.SimpleQueueService.MessageNotInflight", "The message is not in flight.");
    }
    return {};
  },
  PurgeQueue: ({ json, queues }) => {
    queues.purge(queueAt(checkRequest(requests.PurgeQueue, json).QueueUrl, queues));
    return {};
  },
};

/** A queue's URL ends with its name; the host may be another by now. */
function queueAt(url: string, queues: Queues): Queue {
  return queues.get(url.slice(url.lastIndexOf("/") + 1));
}

interface Entry {
  readonly MessageBody: string;
  readonly DelaySeconds?: number | undefined;
  readonly MessageAttributes?: Draft["attributes"];
}

function send(queue: Queue, { MessageBody, DelaySeconds, MessageAttributes }: Entry, queues: Queues): object {
  const most = queue.attributes.maxMessageBytes;
  if (Buffer.byteLength(MessageBody) > most) {
    throw sqsError(
      "InvalidParameterValue",
      `One or more parameters are invalid. Reason: Message must be shorter than ${most} bytes.`,
    );
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that SQS refuses.
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(MessageBody)) {
    throw sqsError("InvalidMessageContents", "The message contains characters outside the allowed set.");
  }
  const delayMs = DelaySeconds === undefined ? undefined : DelaySeconds * 1_000;
  return {
    MessageId: queues.send(queue, { body: MessageBody, attributes: MessageAttributes, delayMs }),
    MD5OfMessageBody: md5(MessageBody),
    ...(MessageAttributes ? { MD5OfMessageAttributes: digestAttributes(MessageAttributes) } : {}),
  };
}

function eachEntry<E extends { readonly Id: string }>(
  entries: readonly E[],
  work: (entry: E) => object,
): object {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...work(entry) });
    } catch (error) {
      if (!(error instanceof QueryError)) {
        throw error;
      }
      Failed.push({ Id: entry.Id, Code: error.code, Message: error.message, SenderFault: true });
    }
  }
  return { Successful, Failed };
}

/** Long polling: waits, up to `longestMs`, until there is something to take. */
async function takeWithin(
  longestMs: number,
  take: () => Received[],
  queue: Queue,
  nowMs: () => number,
  gone: AbortSignal,
): Promise<Received[]> {
  const over = new AbortController();
  const ended = sleep(longestMs, gone).then(() => over.abort());
  for (;;) {
    const received = gone.aborted ? [] : take();
    if (received.length > 0 || longestMs === 0 || over.signal.aborted || gone.aborted) {
      over.abort();
      return received;
    }
    const ripe = new AbortController();
    const nextMs = queue.nextInMs(nowMs());
    await Promise.race([
      ended,
      queue.changed(AbortSignal.any([over.signal, ripe.signal])),
      ...(nextMs === undefined ? [] : [sleep(Math.max(nextMs, 10), ripe.signal)]),
    ]);
    ripe.abort();
  }
}

function messageView(
  { message, receiptHandle }: Received,
  names: string[],
  attributeNames: string[],
): object {
  const system: Record<string, string> = {
    SentTimestamp: `${message.sentAtMs}`,
    ApproximateReceiveCount: `${message.receiveCount}`,
    ApproximateFirstReceiveTimestamp: `${message.firstReceivedAtMs}`,
    SenderId: "local",
  };
  const told = Object.entries(system).filter(([name]) => names.includes("All") || names.includes(name));
  const withAttributes = message.attributes !== undefined && attributeNames.length > 0;
  return {
    MessageId: message.id,
    ReceiptHandle: receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    ...(told.length > 0 ? { Attributes: Object.fromEntries(told) } : {}),
    ...(withAttributes
      ? {
          MessageAttributes: message.attributes,
          MD5OfMessageAttributes: digestAttributes(message.attributes),
        }
      : {}),
  };
}

function md5(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
