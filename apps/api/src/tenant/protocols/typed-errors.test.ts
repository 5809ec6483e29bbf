/** Every error of the catalog, in each wire's own form, is thrown by that wire's SDK as its own type: whole and in mid-stream. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { type ErrorCode, errorCatalog, type Problem, type RequestId } from "@caprock/domain";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as anthropic from "./anthropic/to-error.ts";
import { converseExceptions, encodeException, invokeExceptions } from "./bedrock/encode-frame.ts";
import * as bedrock from "./bedrock/to-error.ts";
import * as openai from "./openai/to-error.ts";
import type { ErrorAnswer } from "./wire.ts";

/** What the SDKs throw: OpenAI's, Anthropic's, AWS's for a whole answer, and AWS's in a ConverseStream. */
type Recorded = readonly [openai: string, anthropic: string, aws: string, awsStream: string];

const invalid = ["BadRequestError", "BadRequestError", "ValidationException", "ValidationException"] as const;
const stranger = [
  "AuthenticationError",
  "AuthenticationError",
  "AccessDeniedException",
  "InternalServerException",
] as const;
const forbidden = [
  "PermissionDeniedError",
  "PermissionDeniedError",
  "AccessDeniedException",
  "InternalServerException",
] as const;
const missing = [
  "NotFoundError",
  "NotFoundError",
  "ResourceNotFoundException",
  "InternalServerException",
] as const;
const conflict = ["ConflictError", "ConflictError", "ConflictException", "InternalServerException"] as const;
const tooMany = ["RateLimitError", "RateLimitError", "ThrottlingException", "ThrottlingException"] as const;
const unavailable = [
  "InternalServerError",
  "OverloadedError",
  "ServiceUnavailableException",
  "ServiceUnavailableException",
] as const;
const failed = [
  "InternalServerError",
  "InternalServerError",
  "InternalServerException",
  "InternalServerException",
] as const;

const recorded: Readonly<Record<ErrorCode, Recorded>> = {
  missing_api_key: stranger,
  invalid_api_key: stranger,
  revoked_api_key: stranger,
  invalid_access_token: stranger,
  invalid_id_token: stranger,
  invalid_signature: [
    "AuthenticationError",
    "AuthenticationError",
    "InvalidSignatureException",
    "InternalServerException",
  ],
  invalid_admin_token: stranger,
  tenant_suspended: forbidden,
  invalid_json: invalid,
  invalid_request: invalid,
  unsupported_parameter: invalid,
  unsupported_by_model: invalid,
  context_too_long: invalid,
  upstream_rejected: invalid,
  body_too_large: ["APIError", "ContentTooLargeError", "ValidationException", "ValidationException"],
  method_not_allowed: ["APIError", "APIError", "ValidationException", "ValidationException"],
  idempotency_key_reused: [
    "UnprocessableEntityError",
    "UnprocessableEntityError",
    "ValidationException",
    "ValidationException",
  ],
  model_not_found: missing,
  not_found: missing,
  model_unpriced: forbidden,
  conflict,
  session_conflict: conflict,
  idempotency_in_progress: conflict,
  budget_exceeded: [
    "RateLimitError",
    "PaymentRequiredError",
    "ServiceQuotaExceededException",
    "InternalServerException",
  ],
  rate_limited: tooMany,
  too_many_connections: tooMany,
  too_many_turns: tooMany,
  upstream_throttled: tooMany,
  turn_interrupted: unavailable,
  upstream_unavailable: unavailable,
  shutting_down: unavailable,
  upstream_failed: [
    "InternalServerError",
    "InternalServerError",
    "ModelErrorException",
    "ModelStreamErrorException",
  ],
  upstream_timeout: [
    "InternalServerError",
    "GatewayTimeoutError",
    "ModelTimeoutException",
    "InternalServerException",
  ],
  turn_unreadable: failed,
  memory_misconfigured: failed,
  internal_error: failed,
};

const codes = Object.keys(errorCatalog) as ErrorCode[];
const requestId = "req_1" as RequestId;
const problemOf = (code: ErrorCode): Problem => ({
  code,
  message: "Why, and what to do.",
  param: "messages[0]",
  details: { limit: 3 },
});

let server: Server;
let answer: { readonly status: number; readonly type: string; readonly body: string | Uint8Array } & Partial<
  Pick<ErrorAnswer, "headers">
>;
let url: string;
let aws: BedrockRuntimeClient;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on("end", () => {
      response.writeHead(answer.status, { ...answer.headers, "content-type": answer.type }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  aws = new BedrockRuntimeClient({
    endpoint: url,
    region: "us-east-1",
    token: { token: "k" },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler(),
  });
});
afterAll(() => {
  aws?.destroy();
  server?.closeAllConnections();
  server?.close();
});

const whole = ({ status, headers, body }: ErrorAnswer): typeof answer => ({
  status,
  headers,
  type: "application/json",
  body: JSON.stringify(body),
});
const events = (body: string): typeof answer => ({ status: 200, type: "text/event-stream", body });
const frames = (body: Uint8Array): typeof answer => ({
  status: 200,
  type: "application/vnd.amazon.eventstream",
  body,
});

async function thrown(given: typeof answer, call: () => PromiseLike<unknown>): Promise<Error> {
  answer = given;
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown.");
}

async function read(stream: AsyncIterable<unknown> | undefined): Promise<void> {
  for await (const _ of stream ?? []) {
  }
}

const messages = [{ role: "user" as const, content: "Hi" }];
const converse = { modelId: "m", messages: [{ role: "user" as const, content: [{ text: "Hi" }] }] };

test.each(codes)("%s is OpenAI's own typed error", async (code) => {
  const { completions } = new OpenAI({ baseURL: `${url}/v1`, apiKey: "k", maxRetries: 0 }).chat;
  const problem = problemOf(code);
  const refused = await thrown(whole(openai.toErrorAnswer(problem, requestId)), () =>
    completions.create({ model: "m", messages }),
  );
  expect(refused.constructor.name).toBe(recorded[code][0]);
  expect(refused).toMatchObject({ code, param: "messages[0]", requestID: "req_1" });
  expect(refused.message).toContain(problem.message);
  const broken = await thrown(events(openai.streamError(problem)), async () =>
    read(await completions.create({ model: "m", messages, stream: true })),
  );
  expect(broken).toBeInstanceOf(OpenAI.APIError);
  expect(broken).toMatchObject({ code, param: "messages[0]" });
});

test.each(codes)("%s is Anthropic's own typed error", async (code) => {
  const client = new Anthropic({ baseURL: url, apiKey: "k", maxRetries: 0 });
  const problem = problemOf(code);
  const { body, ...rest } = anthropic.toErrorAnswer(problem, requestId);
  const refused = await thrown(whole({ ...rest, body }), () =>
    client.messages.create({ model: "m", max_tokens: 9, messages }),
  );
  expect(refused.constructor.name).toBe(recorded[code][1]);
  expect(refused).toMatchObject({ requestID: "req_1", error: body, type: body.error.type });
  const broken = await thrown(events(anthropic.streamError(problem, requestId)), async () =>
    read(await client.messages.create({ model: "m", max_tokens: 9, messages, stream: true })),
  );
  expect(broken).toBeInstanceOf(Anthropic.APIError);
  expect(broken).toMatchObject({ error: body, type: body.error.type });
});

test.each(codes)("%s is AWS's own typed error", async (code) => {
  const problem = problemOf(code);
  const refused = await thrown(whole(bedrock.toErrorAnswer(problem, requestId)), () =>
    aws.send(new ConverseCommand(converse)),
  );
  expect(refused).toMatchObject({
    name: recorded[code][2],
    message: problem.message,
    code,
    $metadata: { requestId: "req_1" },
  });
  const broken = await thrown(frames(encodeException(problem, converseExceptions)), async () =>
    read((await aws.send(new ConverseStreamCommand(converse))).stream),
  );
  expect(broken).toMatchObject({ name: recorded[code][3], message: problem.message });
  const invoked = await thrown(frames(encodeException(problem, invokeExceptions)), async () =>
    read((await aws.send(new InvokeModelWithResponseStreamCommand({ modelId: "m", body: "{}" }))).body),
  );
  expect(invoked.name).toBe(code === "upstream_timeout" ? "ModelTimeoutException" : recorded[code][3]);
});

test("a known wait is told in whole seconds on every wire", () => {
  const problem = { ...problemOf("rate_limited"), retryAfterSeconds: 12.1 };
  for (const { toErrorAnswer } of [openai, anthropic, bedrock]) {
    expect(toErrorAnswer(problem, requestId).headers["retry-after"]).toBe("13");
  }
});
