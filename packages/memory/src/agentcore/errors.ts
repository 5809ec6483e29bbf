/** AgentCore's failures as CaprockErrors. */
import { BedrockAgentCoreServiceException } from "@aws-sdk/client-bedrock-agentcore";
import { CaprockError, type ErrorCode } from "@caprock/domain";

/** What to tell of a failure; AgentCore's own words stay inside, for they may quote what was said. */
export function memoryFailure(error: unknown): CaprockError {
  if (error instanceof CaprockError) {
    return error;
  }
  const status =
    error instanceof BedrockAgentCoreServiceException ? error.$metadata.httpStatusCode : undefined;
  const name = error instanceof Error ? error.name : "unknown";
  return new CaprockError(
    { code: codeOf(status, name), message: `Long-term memory failed (${name}).` },
    error,
  );
}

function codeOf(status: number | undefined, name: string): ErrorCode {
  if (name === "TimeoutError" || name === "AbortError") {
    return "upstream_timeout";
  }
  // A RetryableConflict is a throttle by another name: the same session is being written.
  if (status === 429 || name === "RetryableConflictException") {
    return "upstream_throttled";
  }
  if (status === undefined || status === 503) {
    return "upstream_unavailable";
  }
  return status >= 500 ? "upstream_failed" : "upstream_rejected";
}
