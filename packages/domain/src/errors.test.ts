import { expect, test } from "vitest";
import { CaprockError, type ErrorKind, errorCatalog, refusal } from "./errors.ts";

const statusesOfKind: Record<ErrorKind, readonly number[]> = {
  invalid_request: [400, 405, 422],
  authentication: [401],
  permission: [403],
  not_found: [404],
  conflict: [409],
  too_large: [413],
  budget: [429],
  rate_limit: [429],
  upstream: [502],
  unavailable: [503],
  timeout: [504],
  internal: [500],
};

test.each(Object.entries(errorCatalog))(
  "%s has the status of its kind, a meaning and a remedy",
  (code, definition) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(statusesOfKind[definition.kind]).toContain(definition.httpStatus);
    expect(definition.meaning).toMatch(/^[A-Z`].*\.$/);
    expect(definition.remedy).toMatch(/^[A-Z`].*\.$/);
  },
);

test("a caller who is told to retry is not told so for a fault of the request itself", () => {
  for (const [code, { kind, remedy }] of Object.entries(errorCatalog)) {
    if (kind === "invalid_request" || kind === "authentication" || kind === "permission") {
      expect(remedy, code).not.toMatch(/\bretry\b/i);
    }
  }
});

test("what a CaprockError says aloud is its problem's message, and its cause stays apart", () => {
  const cause = new Error("inside");
  const error = new CaprockError({ code: "upstream_failed", message: "Bedrock failed. Retry." }, cause);
  expect(error.message).toBe("Bedrock failed. Retry.");
  expect(error.cause).toBe(cause);
  expect(JSON.stringify(error.problem)).not.toContain("inside");
});

test("a refusal is a value that carries its problem unchanged", () => {
  const problem = { code: "budget_exceeded", message: "No.", details: { remainingUsd: "0" } } as const;
  expect(refusal(problem)).toEqual({ refused: problem });
});
