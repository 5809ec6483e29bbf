/** SQS's errors by their query code, each with its shape's name. */
import { QueryError } from "../query-service.ts";

/** From the SDK's model of SQS; what the model does not name is an error common to AWS services. */
const shapes = {
  "AWS.SimpleQueueService.NonExistentQueue": "QueueDoesNotExist",
  "AWS.SimpleQueueService.BatchEntryIdsNotDistinct": "BatchEntryIdsNotDistinct",
  "AWS.SimpleQueueService.EmptyBatchRequest": "EmptyBatchRequest",
  "AWS.SimpleQueueService.TooManyEntriesInBatchRequest": "TooManyEntriesInBatchRequest",
  "AWS.SimpleQueueService.BatchRequestTooLong": "BatchRequestTooLong",
  "AWS.SimpleQueueService.MessageNotInflight": "MessageNotInflight",
  "AWS.SimpleQueueService.UnsupportedOperation": "UnsupportedOperation",
  InternalError: "InternalFailure",
  InvalidAttributeName: "InvalidAttributeName",
  InvalidAttributeValue: "InvalidAttributeValue",
  InvalidMessageContents: "InvalidMessageContents",
  InvalidParameterValue: "InvalidParameterValue",
  MissingParameter: "MissingParameter",
  QueueAlreadyExists: "QueueNameExists",
  ReceiptHandleIsInvalid: "ReceiptHandleIsInvalid",
} as const;

export type SqsErrorCode = keyof typeof shapes;

export function sqsError(code: SqsErrorCode, message: string): QueryError {
  return new QueryError(code, code === "InternalError" ? 500 : 400, message);
}

/** The error's name as the body's `__type` has it. */
export function shapeOf({ code }: QueryError): string {
  return Object.entries(shapes).find(([known]) => known === code)?.[1] ?? code;
}
