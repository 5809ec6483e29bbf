import { type ErrorCode, errorCatalog } from "@caprock/domain";
import { expect, test } from "vitest";
import { streamError, toErrorAnswer } from "./to-error.ts";

const codes = Object.keys(errorCatalog) as ErrorCode[];

test.each(codes)("%s keeps its status and its code, and says which request it was", (code) => {
  const { status, headers, body } = toErrorAnswer({ code, message: "Why." }, "req_1");
  expect(status).toBe(errorCatalog[code].httpStatus);
  expect(headers).toMatchObject({ "content-type": "application/json", "x-request-id": "req_1" });
  expect(body.error).toEqual({
    message: "Why.",
    type: expect.stringMatching(/^[a-z_]+$/),
    param: null,
    code,
  });
});

test.each<[ErrorCode, string]>([
  ["invalid_request", "invalid_request_error"],
  ["unsupported_parameter", "invalid_request_error"],
  ["model_not_found", "invalid_request_error"],
  ["body_too_large", "invalid_request_error"],
  ["invalid_api_key", "authentication_error"],
  ["tenant_suspended", "permission_error"],
  ["budget_exceeded", "insufficient_quota"],
  ["rate_limited", "rate_limit_error"],
  ["upstream_throttled", "rate_limit_error"],
  ["upstream_timeout", "server_error"],
  ["internal_error", "server_error"],
])("%s is of the type %s", (code, type) => {
  expect(toErrorAnswer({ code, message: "Why." }, "req_1").body.error.type).toBe(type);
});

test("the member at fault and facts for programs are passed on", () => {
  const details = { remainingUsd: "0.000012000", limit: 3 };
  const { body } = toErrorAnswer(
    { code: "budget_exceeded", message: "Why.", param: "max_tokens", details },
    "r",
  );
  expect(body.error).toMatchObject({ param: "max_tokens", details });
});

test("only a spent budget tells the SDK not to try again by itself", () => {
  for (const code of codes) {
    const { headers } = toErrorAnswer({ code, message: "Why." }, "req_1");
    expect(headers["x-should-retry"]).toBe(errorCatalog[code].kind === "budget" ? "false" : undefined);
  }
});

test("a known wait is told in whole seconds, never too few", () => {
  const answer = (retryAfterSeconds?: number) =>
    toErrorAnswer({ code: "rate_limited", message: "Why.", ...{ retryAfterSeconds } }, "req_1");
  expect(answer(12.1).headers["retry-after"]).toBe("13");
  expect(answer(0).headers["retry-after"]).toBe("0");
  expect(answer().headers).not.toHaveProperty("retry-after");
});

test("an error after the first byte is one server-sent event in the same shape, on one line", () => {
  const problem = { code: "upstream_failed", message: "Broken\noff." } as const;
  const event = streamError(problem);
  expect(event).toMatch(/^data: [^\n]+\n\n$/);
  expect(JSON.parse(event.slice("data: ".length))).toEqual(toErrorAnswer(problem, "req_1").body);
});
