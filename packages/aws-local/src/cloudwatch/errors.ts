/** CloudWatch's errors: the query codes it answers with, each with its shape's name and HTTP status. */
import { QueryError } from "../query-service.ts";

/** From the SDK's model of CloudWatch; what the model does not name is an error common to AWS services. */
const errors = {
  InvalidNextToken: ["InvalidNextToken", 400],
  InvalidParameterCombination: ["InvalidParameterCombinationException", 400],
  InvalidParameterValue: ["InvalidParameterValueException", 400],
  MissingAuthenticationToken: ["MissingAuthenticationTokenException", 403],
  MissingParameter: ["MissingRequiredParameterException", 400],
  RequestEntityTooLarge: ["RequestEntityTooLargeException", 413],
  ResourceNotFound: ["ResourceNotFound", 404],
  SerializationException: ["SerializationException", 400],
  UnknownOperationException: ["UnknownOperationException", 404],
  ValidationError: ["ValidationException", 400],
  InternalServiceError: ["InternalServiceFault", 500],
} as const satisfies Record<string, readonly [shape: string, httpStatus: number]>;

export type CloudWatchErrorCode = keyof typeof errors;

export function cloudWatchError(code: CloudWatchErrorCode, message: string): QueryError {
  return new QueryError(code, errors[code][1], message);
}

/** The error's name as the body's `__type` has it. */
export function shapeOf({ code }: QueryError): string {
  return Object.entries(errors).find(([known]) => known === code)?.[1][0] ?? code;
}
