/** Errors as Bedrock and DynamoDB answer them, the HTTP status of each name, and how a fault makes one. */
import type { Exchange } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import { type Failure, strikeBefore } from "./strike.ts";

/** Bedrock Runtime's and DynamoDB's error names with their HTTP status, from the services' SDK models. */
export const errorStatuses = {
  AccessDeniedException: 403,
  ConditionalCheckFailedException: 400,
  InternalServerError: 500,
  InternalServerException: 500,
  MissingAuthenticationTokenException: 403,
  ModelErrorException: 424,
  ModelNotReadyException: 429,
  ModelStreamErrorException: 424,
  ModelTimeoutException: 408,
  ProvisionedThroughputExceededException: 400,
  RequestLimitExceeded: 400,
  ResourceNotFoundException: 404,
  SerializationException: 400,
  ServiceQuotaExceededException: 400,
  ServiceUnavailable: 503,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
  UnknownOperationException: 404,
  ValidationException: 400,
} as const satisfies Record<string, number>;

export type AwsErrorName = keyof typeof errorStatuses;

export const awsErrorNames = Object.keys(errorStatuses) as [AwsErrorName, ...AwsErrorName[]];

/** A refusal with the name an SDK client turns into its typed error. */
export class AwsError extends Error {
  override readonly name: AwsErrorName;
  readonly httpStatus: number;

  constructor(name: AwsErrorName, message: string) {
    super(message);
    this.name = name;
    this.httpStatus = errorStatuses[name];
  }
}

/** How a service words what a fault fails a call with. */
export type AwsFailures = Readonly<Record<Failure, readonly [name: AwsErrorName, message: string]>>;

/** Fails or waits as a fault asks, under the name that it may ask for. */
export async function strikeAws(
  fault: (Pick<Fault, "kind" | "delayMs"> & { readonly name?: AwsErrorName | undefined }) | undefined,
  gone: AbortSignal,
  failures: AwsFailures,
): Promise<void> {
  await strikeBefore(fault, gone, (failure) => {
    const [name, message] = failures[failure];
    return new AwsError(fault?.name ?? name, message);
  });
}

/** What a caller of Bedrock is told of an error. */
export function knownError(error: unknown): AwsError {
  return error instanceof AwsError ? error : new AwsError("InternalServerException", "aws-local failed.");
}

/** Answers as Bedrock does, and throws what is aws-local's own fault. */
export function sendError(exchange: Exchange, error: unknown, requestId: string): void {
  const { name, message, httpStatus } = knownError(error);
  exchange.sendJson(httpStatus, { message }, { "x-amzn-errortype": name, "x-amzn-requestid": requestId });
  if (!(error instanceof AwsError)) {
    throw error;
  }
}
