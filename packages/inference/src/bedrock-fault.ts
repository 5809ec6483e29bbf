/** A call to Bedrock that failed, and whether it can have cost anything. */
import type { Problem } from "@caprock/domain";

/**
 * `never`: Bedrock turned the call away, or never got it. `perhaps`: the call may have run, for example
 * because the connection broke before the answer, or the model failed while it worked.
 */
export type MayHaveRun = "never" | "perhaps";

export class BedrockFault extends Error {
  /** The exception's name as AWS documents it, or "ConnectionError". */
  readonly exception: string;
  readonly mayHaveRun: MayHaveRun;
  readonly retryAfterSeconds: number | undefined;

  constructor(
    exception: string,
    message: string,
    options: { mayHaveRun: MayHaveRun; retryAfterSeconds?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.name = "BedrockFault";
    this.exception = exception;
    this.mayHaveRun = options.mayHaveRun;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}

/**
 * Exceptions with which Bedrock turns a call away before the model works on it (Bedrock API reference, errors
 * of Converse). Those missing here (InternalServerException, ModelErrorException, ModelTimeoutException) may
 * come after the model has worked.
 */
const refusedBeforeRunning = new Set([
  "AccessDeniedException",
  "MissingAuthenticationTokenException",
  "ModelNotReadyException",
  "ResourceNotFoundException",
  // A member of a type that AWS's protocol cannot read: turned away before there is a call (Smithy, restJson1).
  "SerializationException",
  "ServiceQuotaExceededException",
  "ServiceUnavailableException",
  "ThrottlingException",
  "UnrecognizedClientException",
  "ValidationException",
]);

/** Whether a call that failed so may be billed: its hold is freed only where it never is. */
export function mayHaveRun(exception: string): MayHaveRun {
  return refusedBeforeRunning.has(exception) ? "never" : "perhaps";
}

/** What a caller is told about a fault. Bedrock's own words are passed on only where they are about the request. */
export function problemOfFault(fault: BedrockFault): Problem {
  const retry = fault.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: fault.retryAfterSeconds };
  switch (fault.exception) {
    case "SerializationException":
    case "ValidationException":
      return { code: "upstream_rejected", message: `Bedrock refused the request: ${fault.message}` };
    case "ResourceNotFoundException":
      return { code: "model_not_found", message: `Bedrock does not know this model here: ${fault.message}` };
    case "ThrottlingException":
    case "ServiceQuotaExceededException":
      return {
        code: "upstream_throttled",
        message: "Bedrock throttled the call. Retry with backoff.",
        retryAfterSeconds: 1,
        ...retry,
      };
    case "ModelNotReadyException":
    case "ServiceUnavailableException":
      return { code: "upstream_unavailable", message: "Bedrock is not ready for the call. Retry.", ...retry };
    case "AccessDeniedException":
    case "MissingAuthenticationTokenException":
    case "UnrecognizedClientException":
      return {
        code: "upstream_unavailable",
        message: "Bedrock denied this deployment the call. The platform team must grant access to the model.",
      };
    case "ModelTimeoutException":
    case "TimeoutError":
      return {
        code: "upstream_timeout",
        message: "The model did not answer in time. Retry, or ask for less.",
      };
    case "ConnectionError":
      return { code: "upstream_unavailable", message: "The connection to Bedrock failed. Retry." };
    default:
      return { code: "upstream_failed", message: `Bedrock failed with ${fault.exception}. Retry.` };
  }
}
