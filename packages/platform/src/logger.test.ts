import { expect, test } from "vitest";
import { createLogger, describeError } from "./logger.ts";

/** A logger and what it wrote. */
function loggerWithLines(level = "debug") {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  return { logger: createLogger({ service: "api", level, destination }), lines };
}

const secret = "cpk_planted-secret";

/** An error as a dependency might throw it, with what it was given in every place that a logger could print. */
function leakyError(): Error {
  const inner = Object.assign(new TypeError(`cannot read ${secret}`), { code: "ECONNRESET", body: secret });
  return Object.assign(new Error(`Bedrock said: ${secret}`, { cause: inner }), {
    name: "ThrottlingException",
    $metadata: { httpStatusCode: 429, requestId: secret },
    $response: { body: secret },
    request: { headers: { authorization: secret } },
  });
}

test("a line is one JSON object with the level as a word, the service and the message", () => {
  const { logger, lines } = loggerWithLines();
  logger.warn({ requestId: "req_1" }, "slow");
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: "warn",
    service: "api",
    requestId: "req_1",
    message: "slow",
  });
});

test("text, and text with values, can be logged without an object", () => {
  const { logger, lines } = loggerWithLines();
  logger.info("plain");
  logger.info("%s of %d", "some", 2);
  expect(lines.map((line) => JSON.parse(line).message)).toEqual(["plain", "some of 2"]);
});

test("nothing below the level is written", () => {
  const { logger, lines } = loggerWithLines("error");
  logger.info("not this");
  expect(lines).toEqual([]);
});

test("a secret never gets out: not by its member's name, not by an error's text, cause or members", () => {
  const { logger, lines } = loggerWithLines();
  logger.info({ authorization: secret, apiKey: secret, token: secret, headers: { cookie: secret } }, "top");
  logger.info({ request: { authorization: secret, apiKey: secret, token: secret } }, "nested");
  logger.error({ err: leakyError() }, "failed");
  logger.error({ err: secret }, "thrown text");
  logger.error({ err: { message: secret } }, "thrown object");
  logger.child({ requestId: "req_1" }).error({ err: leakyError() }, "child");
  expect(lines).toHaveLength(6);
  expect(lines.join("")).not.toContain("planted");
});

test("an error given without a message keeps its text to itself too", () => {
  const { logger, lines } = loggerWithLines();
  logger.error(leakyError());
  logger.error(leakyError(), "failed");
  logger.error({ err: leakyError() });
  expect(lines.join("")).not.toContain("planted");
});

test("of an error its class, code, status, place and cause are told", () => {
  expect(describeError(leakyError())).toMatchObject({
    type: "ThrottlingException",
    httpStatus: 429,
    at: expect.arrayContaining([expect.stringMatching(/^at .*logger\.test\.ts/)]),
    cause: { type: "TypeError", code: "ECONNRESET" },
  });
  expect(describeError("just text")).toEqual({ type: "string" });
});
