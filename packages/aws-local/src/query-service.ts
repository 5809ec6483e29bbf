/** What CloudWatch, S3, SNS and SQS have alike: errors by code, and faults before an answer. */
import type { Exchange } from "./exchange.ts";
import type { QueryFault, S3Fault } from "./faults.ts";
import { sleep } from "./system.ts";

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
export async function strikeBefore(
  fault: QueryFault | S3Fault | undefined,
  exchange: Exchange,
  throttled: readonly [code: string, httpStatus: number],
  failed: readonly [code: string, httpStatus: number],
): Promise<void> {
  switch (fault?.kind) {
    case "throttle":
      throw new QueryError(...throttled, "Rate exceeded");
    case "error":
      throw new QueryError(...failed, "An internal error occurred.");
    case "unavailable":
      throw new QueryError("ServiceUnavailable", 503, "The service is unavailable.");
    case "timeout":
      await new Promise<void>((resolve) => exchange.gone.addEventListener("abort", () => resolve()));
      throw new QueryError(...failed, "The caller left before any answer.");
    case "delay":
      await sleep(fault.delayMs, exchange.gone);
  }
}
