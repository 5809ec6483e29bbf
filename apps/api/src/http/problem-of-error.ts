/** What a caller is told of an error that was thrown. */
import { CaprockError, type Problem } from "@caprock/domain";

/** Errors that were not foreseen say nothing but that: their text may hold anything. */
export function problemOfError(error: unknown): Problem {
  if (error instanceof CaprockError) {
    return error.problem;
  }
  if (isStoreFailure(error)) {
    return { code: "upstream_unavailable", message: "A service that Caprock needs did not answer. Retry." };
  }
  return { code: "internal_error", message: "Caprock failed unexpectedly. Quote the request id." };
}

/** Failures of the AWS SDK's clients, once their own retries are used up, and of the connection below them. */
function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) {
    return false;
  }
  const { $fault, code } = error as { $fault?: unknown; code?: unknown };
  return (
    $fault !== undefined || error.name === "TimeoutError" || code === "ECONNREFUSED" || code === "ECONNRESET"
  );
}
