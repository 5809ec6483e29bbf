/** Session Management's errors by name, with the HTTP status of each, and how a request is checked. */
import type { z } from "zod";
import { checked, RestError } from "../rest-json.ts";

/** From the SDK's model of Bedrock Agent Runtime. */
const statuses = {
  AccessDeniedException: 403,
  ConflictException: 409,
  InternalServerException: 500,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 400,
  ServiceUnavailableException: 503,
  ThrottlingException: 429,
  ValidationException: 400,
} as const satisfies Record<string, number>;

export type SessionsErrorName = keyof typeof statuses;
export const sessionsErrorNames = Object.keys(statuses) as [SessionsErrorName, ...SessionsErrorName[]];

export class SessionsError extends RestError {
  constructor(name: SessionsErrorName, message: string) {
    super(name, statuses[name], message);
  }
}

/** Throws a ValidationException that names the member at fault. */
export function check<T>(schema: z.ZodType<T>, json: unknown): T {
  return checked(schema, json, (message) => new SessionsError("ValidationException", message));
}
