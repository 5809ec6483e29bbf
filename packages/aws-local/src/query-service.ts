/** What CloudWatch, S3, SNS and SQS have alike: errors by code, and faults before an answer. */
import type { QueryFault, S3Fault } from "./faults.ts";
import { strikeBefore } from "./strike.ts";

/** A refusal by the code of the AWS query protocol, for example "InvalidParameterValue". */
export class QueryError extends Error {
  readonly code: string;
  readonly httpStatus: number;

  constructor(code: string, httpStatus: number, message: string) {
    super(message);
    this.code = code;
    this.httpStatus = httpStatus;
  }

  /** Whose fault it was, in the protocol's words. */
  get side(): "Sender" | "Receiver" {
    return this.httpStatus < 500 ? "Sender" : "Receiver";
  }
}

/** For what AWS has and aws-local has not. */
export function notServed(what: string): QueryError {
  return new QueryError("NotImplemented", 501, `aws-local does not serve ${what}.`);
}

/** Fails or waits as a fault asks; `throttled` and `failed` are the service's own codes with their status. */
export async function strikeQuery(
  fault: QueryFault | S3Fault | undefined,
  gone: AbortSignal,
  throttled: readonly [code: string, httpStatus: number],
  failed: readonly [code: string, httpStatus: number],
): Promise<void> {
  await strikeBefore(fault, gone, (failure) => {
    switch (failure) {
      case "throttle":
        return new QueryError(...throttled, "Rate exceeded");
      case "error":
        return new QueryError(...failed, "An internal error occurred.");
      case "unavailable":
        return new QueryError("ServiceUnavailable", 503, "The service is unavailable.");
      case "timeout":
        return new QueryError(...failed, "The caller left before any answer.");
    }
  });
}
