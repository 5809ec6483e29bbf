/** Session Management's errors by name, with the HTTP status of each, and how a request is checked. */
import type { z } from "zod";

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

/** A refusal with the name that an SDK client turns into its typed error. */
export class SessionsError extends Error {
  override readonly name: SessionsErrorName;
  readonly httpStatus: number;

  constructor(name: SessionsErrorName, message: string) {
    super(message);
    this.name = name;
    this.httpStatus = statuses[name];
  }
}

/** Throws a ValidationException that names the member at fault. */
export function check<T>(schema: z.ZodType<T>, json: unknown): T {
  const result = schema.safeParse(json);
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  throw new SessionsError("ValidationException", `${(issue?.path ?? []).join(".")}: ${issue?.message}`);
}
