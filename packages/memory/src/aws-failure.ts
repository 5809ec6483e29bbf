/** Failures of AWS's services as CaprockErrors. */
import { CaprockError, type ErrorCode } from "@caprock/domain";

/** What to tell of a failure; the service's own words stay inside, for they may quote what was said. */
export function awsFailure(what: string, error: unknown): CaprockError {
  if (error instanceof CaprockError) {
    return error;
  }
  const name = error instanceof Error ? error.name : "unknown";
  return new CaprockError(
    { code: codeOf(statusOf(error), name), message: `${what} failed (${name}).` },
    error,
  );
}

/** Undefined where no answer came. */
function statusOf(error: unknown): number | undefined {
  const { $metadata } = Object(error) as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}

function codeOf(status: number | undefined, name: string): ErrorCode {
  if (name === "TimeoutError" || name === "AbortError") {
    return "upstream_timeout";
  }
  // AgentCore's RetryableConflict is a throttle by another name: the same session is being written.
  if (status === 429 || name === "RetryableConflictException") {
    return "upstream_throttled";
  }
  if (status === undefined || status === 503) {
    return "upstream_unavailable";
  }
  return status >= 500 ? "upstream_failed" : "upstream_rejected";
}
