/** Writes a problem in the error shape of Anthropic's wire, so that its SDKs throw their own typed errors. */
import { type ErrorCode, type ErrorKind, errorCatalog, type Problem, type RequestId } from "@caprock/domain";
import { sseEvent } from "../../../http/server-sent-events.ts";
import type { ErrorAnswer } from "../wire.ts";

export interface ErrorBody {
  readonly type: "error";
  readonly error: {
    readonly type: string;
    readonly message: string;
    /** Caprock's own stable code, and what it knows more. */
    readonly code: ErrorCode;
    readonly param?: string;
    readonly details?: Problem["details"];
  };
  readonly request_id: RequestId;
}

/**
 * Types and statuses as Anthropic's reference of errors has them; no status stands for the code's own. A spent budget is
 * a billing_error: clients retry every 429, and the next try would end the same.
 */
const types: Readonly<Record<ErrorKind, readonly [type: string, status?: number]>> = {
  invalid_request: ["invalid_request_error"],
  authentication: ["authentication_error", 401],
  permission: ["permission_error"],
  not_found: ["not_found_error"],
  conflict: ["invalid_request_error"],
  too_large: ["request_too_large"],
  budget: ["billing_error", 402],
  rate_limit: ["rate_limit_error"],
  upstream: ["api_error", 500],
  unavailable: ["overloaded_error", 529],
  timeout: ["timeout_error", 504],
  internal: ["api_error", 500],
};

export function toErrorAnswer(problem: Problem, requestId: RequestId): ErrorAnswer<ErrorBody> {
  const { kind, httpStatus } = errorCatalog[problem.code];
  const [, status = httpStatus] = types[kind];
  return {
    status,
    headers: {
      "content-type": "application/json",
      "request-id": requestId,
      ...(problem.retryAfterSeconds !== undefined && {
        "retry-after": String(Math.ceil(problem.retryAfterSeconds)),
      }),
      ...(kind === "budget" && { "x-should-retry": "false" }),
    },
    body: toErrorBody(problem, requestId),
  };
}

/** The event for a problem met after the first byte, when the status is long sent. It ends the stream. */
export function streamError(problem: Problem, requestId: RequestId): string {
  return sseEvent(toErrorBody(problem, requestId), "error");
}

function toErrorBody({ code, message, param, details }: Problem, requestId: RequestId): ErrorBody {
  const [type] = types[errorCatalog[code].kind];
  return {
    type: "error",
    error: { type, message, code, ...(param !== undefined && { param }), ...(details && { details }) },
    request_id: requestId,
  };
}
