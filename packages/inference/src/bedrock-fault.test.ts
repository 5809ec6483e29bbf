import { errorCatalog } from "@caprock/domain";
import { expect, test } from "vitest";
import { BedrockFault, mayHaveRun, problemOfFault } from "./bedrock-fault.ts";

const fault = (exception: string, retryAfterSeconds?: number) =>
  new BedrockFault(exception, "planted words", { mayHaveRun: mayHaveRun(exception), retryAfterSeconds });

test.each([
  ["ValidationException", "upstream_rejected", true],
  ["SerializationException", "upstream_rejected", true],
  ["ResourceNotFoundException", "model_not_found", true],
  ["ThrottlingException", "upstream_throttled", false],
  ["ServiceQuotaExceededException", "upstream_throttled", false],
  ["ModelNotReadyException", "upstream_unavailable", false],
  ["ServiceUnavailableException", "upstream_unavailable", false],
  ["AccessDeniedException", "upstream_unavailable", false],
  ["UnrecognizedClientException", "upstream_unavailable", false],
  ["MissingAuthenticationTokenException", "upstream_unavailable", false],
  ["ModelTimeoutException", "upstream_timeout", false],
  ["TimeoutError", "upstream_timeout", false],
  ["ConnectionError", "upstream_unavailable", false],
  ["InternalServerException", "upstream_failed", false],
  ["ModelErrorException", "upstream_failed", false],
  ["ModelStreamErrorException", "upstream_failed", false],
  ["NeverHeardOfException", "upstream_failed", false],
])("%s is told as %s; Bedrock's own words are passed on: %s", (exception, code, quoted) => {
  const problem = problemOfFault(fault(exception));
  expect(problem.code).toBe(code);
  expect(errorCatalog).toHaveProperty(problem.code);
  expect(problem.message.includes("planted words")).toBe(quoted);
});

test("the wait that Bedrock asks for is passed on; a throttle without one asks for a second", () => {
  expect(problemOfFault(fault("ThrottlingException", 7))).toMatchObject({ retryAfterSeconds: 7 });
  expect(problemOfFault(fault("ThrottlingException"))).toMatchObject({ retryAfterSeconds: 1 });
  expect(problemOfFault(fault("ServiceUnavailableException", 3))).toMatchObject({ retryAfterSeconds: 3 });
  expect(problemOfFault(fault("ServiceUnavailableException"))).not.toHaveProperty("retryAfterSeconds");
});

test("only what Bedrock refuses before the model works is sure to be free; what is unknown is not", () => {
  expect(mayHaveRun("ThrottlingException")).toBe("never");
  expect(mayHaveRun("SerializationException")).toBe("never");
  expect(mayHaveRun("ModelErrorException")).toBe("perhaps");
  expect(mayHaveRun("NeverHeardOfException")).toBe("perhaps");
});
