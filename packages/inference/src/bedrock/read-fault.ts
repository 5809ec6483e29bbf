/** Reads what went wrong: AWS's error answers, and connections that failed. */
import { type Dispatcher, errors } from "undici";
import { BedrockFault, mayHaveRun } from "../bedrock-fault.ts";

/** The fault that an answer other than 200 tells of. AWS names it in a header or in the body. */
export async function faultOfAnswer(answer: Dispatcher.ResponseData): Promise<BedrockFault> {
  const body = await readJson(answer);
  const named =
    headerOf(answer, "x-amzn-errortype") ?? stringOf(body.__type) ?? nameOfStatus(answer.statusCode);
  // Header form "ThrottlingException:http://…"; body form "namespace#ThrottlingException".
  const exception = named.split(":")[0]?.split("#").pop() ?? named;
  const retryAfter = Number(headerOf(answer, "retry-after"));
  return new BedrockFault(exception, stringOf(body.message) ?? stringOf(body.Message) ?? "", {
    mayHaveRun: mayHaveRun(exception),
    retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : undefined,
  });
}

/** The fault behind a failed connection. Only a connection that was never made proves that nothing ran. */
export function faultOfFailure(error: unknown, phase: "sending" | "answering"): BedrockFault {
  const timedOut = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
  const code = (error as { code?: unknown }).code;
  const neverConnected =
    phase === "sending" &&
    (error instanceof errors.ConnectTimeoutError || (typeof code === "string" && connectCodes.has(code)));
  return new BedrockFault(timedOut ? "TimeoutError" : "ConnectionError", "The connection failed.", {
    mayHaveRun: neverConnected ? "never" : "perhaps",
    cause: error,
  });
}

const connectCodes = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"]);

async function readJson(answer: Dispatcher.ResponseData): Promise<Record<string, unknown>> {
  const body: unknown = await answer.body.json().catch(() => undefined);
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>) : {};
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string | undefined {
  return stringOf(answer.headers[name]);
}

function stringOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function nameOfStatus(status: number): string {
  return status === 429
    ? "ThrottlingException"
    : status === 503
      ? "ServiceUnavailableException"
      : `Http${status}`;
}
