import { afterAll, beforeAll, expect, test } from "vitest";
import { problemOfError } from "../http/problem-of-error.ts";
import { type OpenApi, openApi } from "../testing/open-api.ts";
import { gatewayHandler } from "./serve-gateway.ts";

const timeout = { timeout: 60_000 };

let api: OpenApi;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
}, timeout.timeout);
afterAll(() => api?.close());

/** What API Gateway hears of the function, asked as its authorizer. */
async function authorize(headers: Record<string, string>): Promise<unknown> {
  const { tenant, random, logger } = api.parts;
  const handle = gatewayHandler({
    authentication: tenant.authentication,
    random,
    logger,
    maxBodyBytes: 1_000_000,
    messageParts: undefined as never,
    live: {
      turn: tenant.turn,
      clock: api.clock,
      pause: async () => undefined,
      resumeWindowMs: 60_000,
      problemOf: problemOfError,
      onKeepFailure: () => undefined,
      store: undefined as never,
    },
    sendTextTo: () => async () => true,
  });
  const event = { type: "REQUEST", methodArn: "arn:aws:execute-api:x", headers };
  return handle(event).catch((error: Error) => error.message);
}

test(
  "a header of any characters does not keep a caller out, nor make a stranger's refusal a fault",
  timeout,
  async () => {
    const { tenant, apiKey } = await api.newTenant();
    const odd = "\u{1f600} \u00e9";
    expect(await authorize({ Authorization: `Bearer ${apiKey}`, "X-Odd": odd })).toMatchObject({
      principalId: tenant.id,
    });
    // The very word by which API Gateway answers 401 rather than 500.
    expect(await authorize({ Authorization: `Bearer ${odd}` })).toBe("Unauthorized");
    expect(await authorize({ Authorization: odd })).toBe("Unauthorized");
  },
);
