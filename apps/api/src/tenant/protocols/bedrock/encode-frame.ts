/** Writes frames of Bedrock's streams: an exception where a stream fails that has begun, and an event that is not as it came. */

import type { Problem } from "@caprock/domain";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { exceptionOf } from "./to-error.ts";

/** The exceptions that ConverseStream's event union has; any other is told as an internal one. */
export const converseExceptions: ReadonlySet<string> = new Set([
  "InternalServerException",
  "ModelStreamErrorException",
  "ServiceUnavailableException",
  "ThrottlingException",
  "ValidationException",
]);

/** InvokeModelWithResponseStream's union has one more. */
export const invokeExceptions: ReadonlySet<string> = new Set([
  ...converseExceptions,
  "ModelTimeoutException",
]);

/** One event-stream frame with valid checksums. `known` are the exceptions that the stream's union has. */
export function encodeException(problem: Problem, known: ReadonlySet<string>): Uint8Array {
  const named =
    exceptionOf(problem) === "ModelErrorException" ? "ModelStreamErrorException" : exceptionOf(problem);
  const exception = known.has(named) ? named : "InternalServerException";
  return encode(
    { message: problem.message, code: problem.code },
    {
      ":message-type": "exception",
      ":exception-type": exception.charAt(0).toLowerCase() + exception.slice(1),
    },
  );
}

/** One event, of the stream's event union. */
export function encodeEvent(type: string, event: object): Uint8Array {
  return encode(event, { ":message-type": "event", ":event-type": type });
}

function encode(body: object, headers: Readonly<Record<string, string>>): Uint8Array {
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const codec = new EventStreamCodec(
    (bytes) => (typeof bytes === "string" ? bytes : decoder.decode(bytes)),
    (text) => encoder.encode(text),
  );
  const all = { ...headers, ":content-type": "application/json" };
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name, { type: "string" as const, value }]),
    ),
    body: encoder.encode(JSON.stringify(body)),
  });
}
