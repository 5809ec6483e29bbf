/** Errors as AWS services answer them, and the HTTP status of each name. */

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
