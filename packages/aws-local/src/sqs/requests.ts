/** What SQS's requests look like, and the checks on them. */
import { z } from "zod";
import { notServed, type QueryError } from "../query-service.ts";
import { sqsError } from "./errors.ts";
import { attributesSchema } from "./queue-attributes.ts";

const queueUrl = z.string().min(1);
const receiptHandle = z.string().min(1);
const seconds = (most: number) => z.number().int().min(0).max(most);
const stringAttributes = z.record(
  z.string().regex(/^[\w.-]{1,256}$/),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
);
const entryId = z.string().regex(/^[\w-]{1,80}$/);

const draft = {
  MessageBody: z.string().min(1),
  DelaySeconds: seconds(900).optional(),
  MessageAttributes: stringAttributes.optional(),
};

export const requests = {
  CreateQueue: z.strictObject({
    QueueName: z.string(),
    Attributes: attributesSchema.optional(),
    tags: z.record(z.string(), z.string()).optional(),
  }),
  GetQueueUrl: z.strictObject({ QueueName: z.string(), QueueOwnerAWSAccountId: z.string().optional() }),
  GetQueueAttributes: z.strictObject({ QueueUrl: queueUrl, AttributeNames: z.array(z.string()).optional() }),
  SendMessage: z.strictObject({ QueueUrl: queueUrl, ...draft }),
  SendMessageBatch: z.strictObject({
    QueueUrl: queueUrl,
    Entries: z.array(z.strictObject({ Id: entryId, ...draft })),
  }),
  ReceiveMessage: z.strictObject({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: z.number().int().min(1).max(10).default(1),
    VisibilityTimeout: seconds(43_200).optional(),
    WaitTimeSeconds: seconds(20).optional(),
    AttributeNames: z.array(z.string()).optional(),
    MessageSystemAttributeNames: z.array(z.string()).optional(),
    MessageAttributeNames: z.array(z.string()).optional(),
    ReceiveRequestAttemptId: z.string().optional(),
  }),
  DeleteMessage: z.strictObject({ QueueUrl: queueUrl, ReceiptHandle: receiptHandle }),
  DeleteMessageBatch: z.strictObject({
    QueueUrl: queueUrl,
    Entries: z.array(z.strictObject({ Id: entryId, ReceiptHandle: receiptHandle })),
  }),
  ChangeMessageVisibility: z.strictObject({
    QueueUrl: queueUrl,
    ReceiptHandle: receiptHandle,
    VisibilityTimeout: seconds(43_200),
  }),
  PurgeQueue: z.strictObject({ QueueUrl: queueUrl }),
};

/** Throws a QueryError that names the member at fault. */
export function checkRequest<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json, { reportInput: true });
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  const name = (issue?.path ?? []).join(".");
  if (issue?.code === "unrecognized_keys") {
    throw notServed(`the parameter ${issue.keys[0]}`);
  }
  throw issue?.code === "invalid_type" && issue.input === undefined
    ? sqsError("MissingParameter", `The request must contain the parameter ${name}.`)
    : sqsError("InvalidParameterValue", `Value for parameter ${name} is invalid. Reason: ${issue?.message}`);
}

/** Throws when a batch is empty, too large, or has two entries with one id. */
export function checkEntries(entries: readonly { readonly Id: string }[]): void {
  if (entries.length === 0) {
    throw batchError("EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry.");
  }
  if (entries.length > 10) {
    throw batchError("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10.");
  }
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length) {
    throw batchError("BatchEntryIdsNotDistinct", "Two or more batch entries have the same Id.");
  }
}

type BatchCode = "EmptyBatchRequest" | "TooManyEntriesInBatchRequest" | "BatchEntryIdsNotDistinct";

function batchError(code: BatchCode, message: string): QueryError {
  return sqsError(`AWS.SimpleQueueService.${code}`, message);
}
