/** AgentCore's errors by name, with the HTTP status of each, and how a request is checked. */
import type { z } from "zod";
import { checked, RestError } from "../rest-json.ts";

/** From the SDK's models of both planes. */
const statuses = {
  AccessDeniedException: 403,
  ConflictException: 409,
  DuplicateIdException: 409,
  InternalServerException: 500,
  InvalidInputException: 400,
  ResourceNotFoundException: 404,
  RetryableConflictException: 409,
  ServiceException: 500,
  ServiceQuotaExceededException: 402,
  ServiceUnavailableException: 503,
  SubscriptionRequiredException: 403,
  ThrottledException: 429,
  ThrottlingException: 429,
  UnauthorizedException: 401,
  ValidationException: 400,
} as const satisfies Record<string, number>;

export type AgentCoreErrorName = keyof typeof statuses;
export const agentCoreErrorNames = Object.keys(statuses) as [AgentCoreErrorName, ...AgentCoreErrorName[]];

export class AgentCoreError extends RestError {
  constructor(name: AgentCoreErrorName, message: string, reason?: string) {
    super(
      name,
      statuses[name],
      message,
      reason ?? (name === "ValidationException" ? "FieldValidationFailed" : undefined),
    );
  }
}

/** Throws a ValidationException that names the member at fault. */
export function check<T>(schema: z.ZodType<T>, json: unknown): T {
  return checked(schema, json, (message) => new AgentCoreError("ValidationException", message));
}
