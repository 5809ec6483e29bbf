/** Writes a problem in the error shape of Bedrock Runtime, so that the AWS SDK throws its own typed error. */
import { type ErrorKind, errorCatalog, type Problem, type RequestId } from "@caprock/domain";
import type { ErrorAnswer } from "../wire.ts";

/**
 * Exceptions and their HTTP status as the AWS SDK's Bedrock Runtime schemas have them: a ConflictException is a 400 there,
 * whatever it is in AWS's other services. A spent budget is a
 * ServiceQuotaExceededException, which the SDK does not retry; a rate limit is a ThrottlingException, which it does.
 */
const exceptions: Readonly<Record<ErrorKind, readonly [name: string, status: number]>> = {
  invalid_request: ["ValidationException", 400],
  authentication: ["AccessDeniedException", 403],
  permission: ["AccessDeniedException", 403],
  not_found: ["ResourceNotFoundException", 404],
  conflict: ["ConflictException", 400],
  too_large: ["ValidationException", 413],
  budget: ["ServiceQuotaExceededException", 400],
  rate_limit: ["ThrottlingException", 429],
  upstream: ["ModelErrorException", 424],
  unavailable: ["ServiceUnavailableException", 503],
  timeout: ["ModelTimeoutException", 408],
  internal: ["InternalServerException", 500],
};

/** The exception's name for a problem. */
export function exceptionOf({ code }: Problem): string {
  // By this name the SDK knows that its clock may be wrong: it sets it by the answer's date and tries again.
  return code === "invalid_signature" ? "InvalidSignatureException" : exceptions[errorCatalog[code].kind][0];
}

/** The whole HTTP answer. Beside AWS's `message` the body carries Caprock's stable code and its details. */
export function toErrorAnswer(problem: Problem, requestId: RequestId): ErrorAnswer {
  const [, status] = exceptions[errorCatalog[problem.code].kind];
  return {
    status,
    headers: {
      "content-type": "application/json",
      "x-amzn-errortype": exceptionOf(problem),
      "x-amzn-requestid": requestId,
      ...(problem.retryAfterSeconds === undefined
        ? {}
        : { "retry-after": String(Math.ceil(problem.retryAfterSeconds)) }),
    },
    body: {
      message: problem.message,
      code: problem.code,
      ...(problem.param === undefined ? {} : { param: problem.param }),
      ...(problem.details === undefined ? {} : { details: problem.details }),
    },
  };
}
