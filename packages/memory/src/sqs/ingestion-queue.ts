/** The ingestion queue on SQS, with its dead letters. */
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import {
  type IngestionJob,
  type IngestionQueue,
  type ReceivedJob,
  readJob,
} from "../long-term/ingestion-queue.ts";

export interface SqsIngestionQueueOptions {
  readonly client: SQSClient;
  readonly queueUrl: string;
  /** Without it nothing can be put back. */
  readonly deadLetterUrl?: string | undefined;
  /** Told of a message that is no job; it goes to the dead letters by itself. */
  readonly onUnreadable: (messageId: string | undefined) => void;
}

/** SQS waits at most this long, and gives at most so many at once. */
const longestWaitSeconds = 20;
const mostMessages = 10;

export class SqsIngestionQueue implements IngestionQueue {
  readonly #options: SqsIngestionQueueOptions;

  constructor(options: SqsIngestionQueueOptions) {
    this.#options = options;
  }

  async send(job: IngestionJob, delayMs = 0): Promise<void> {
    const { client, queueUrl } = this.#options;
    await client.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(job),
        DelaySeconds: Math.ceil(delayMs / 1_000),
      }),
    );
  }

  async receive(waitMs: number, signal?: AbortSignal): Promise<readonly ReceivedJob[]> {
    const { client, queueUrl, onUnreadable } = this.#options;
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: mostMessages,
        WaitTimeSeconds: Math.min(longestWaitSeconds, Math.floor(waitMs / 1_000)),
      }),
      signal === undefined ? {} : { abortSignal: signal },
    );
    return Messages.flatMap(({ MessageId, Body, ReceiptHandle }) => {
      const job = readJob(Body);
      if (job === undefined || ReceiptHandle === undefined) {
        onUnreadable(MessageId);
        return [];
      }
      return [{ job, receipt: ReceiptHandle }];
    });
  }

  async done(receipt: string): Promise<void> {
    const { client, queueUrl } = this.#options;
    await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }));
  }

  /** Sends before it deletes: a crash between the two repeats a job, which does no harm. */
  async redrive(most: number): Promise<number> {
    const { client, queueUrl, deadLetterUrl } = this.#options;
    let moved = 0;
    while (deadLetterUrl !== undefined && moved < most) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: deadLetterUrl,
          MaxNumberOfMessages: Math.min(mostMessages, most - moved),
        }),
      );
      if (Messages.length === 0) {
        break;
      }
      for (const { Body, ReceiptHandle } of Messages) {
        await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: Body }));
        await client.send(new DeleteMessageCommand({ QueueUrl: deadLetterUrl, ReceiptHandle }));
        moved += 1;
      }
    }
    return moved;
  }
}
