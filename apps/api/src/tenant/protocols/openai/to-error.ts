/** Writes a problem in the error shape of OpenAI's wire. */
import type { ErrorCode, ErrorKind, Problem, RequestId } from "@caprock/domain";
import { errorCatalog } from "@caprock/domain";
import { sseEvent } from "../../../http/server-sent-events.ts";
import type { ErrorAnswer } from "../wire.ts";

export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    /** Caprock's own stable code, never OpenAI's. */
    readonly code: ErrorCode;
    readonly details?: Problem["details"];
  };
}

const types: Readonly<Record<ErrorKind, string>> = {
  invalid_request: "invalid_request_error",
  authentication: "authentication_error",
  permission: "permission_error",
  not_found: "invalid_request_error",
  conflict: "invalid_request_error",
  too_large: "invalid_request_error",
  budget: "insufficient_quota",
  rate_limit: "rate_limit_error",
  upstream: "server_error",
  unavailable: "server_error",
  timeout: "server_error",
  internal: "server_error",
};

/**
 * The whole HTTP answer for a problem. OpenAI's clients retry every 429 by themselves; a spent budget is the
 * same on the next try, so they are told not to.
 */
export function toErrorAnswer(problem: Problem, requestId: RequestId): ErrorAnswer<ErrorBody> {
  const { httpStatus, kind } = errorCatalog[problem.code];
  return {
    status: httpStatus,
    headers: {
      "content-type": "application/json",
      "x-request-id": requestId,
      ...(problem.retryAfterSeconds !== undefined && {
        "retry-after": String(Math.ceil(problem.retryAfterSeconds)),
      }),
      ...(kind === "budget" && { "x-should-retry": "false" }),
    },
    body: toErrorBody(problem),
  };
}

/** The server-sent event for a problem met after the first byte, when the status is long sent. It ends the stream. */
export function streamError(problem: Problem): string {
  return sseEvent(toErrorBody(problem));
}

/** What a turn refuses is named as Converse has it. */
const ownNames: Readonly<Record<string, string>> = { serviceTier: "service_tier" };

function toErrorBody({ code, message, param, details }: Problem): ErrorBody {
  const type = types[errorCatalog[code].kind];
  const named = param === undefined ? null : (ownNames[param] ?? param);
  return { error: { message, type, param: named, code, ...(details && { details }) } };
}
