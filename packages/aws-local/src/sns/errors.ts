/** SNS's errors by their query code, with the HTTP status of each. */
import { QueryError } from "../query-service.ts";

/** From the SDK's model of SNS; what the model does not name is an error common to AWS services. */
const statuses = {
  BatchEntryIdsNotDistinct: 400,
  EmptyBatchRequest: 400,
  InternalError: 500,
  InvalidAction: 400,
  InvalidParameter: 400,
  NotFound: 404,
  TooManyEntriesInBatchRequest: 400,
} as const;

export function snsError(code: keyof typeof statuses, message: string): QueryError {
  return new QueryError(code, statuses[code], message);
}
