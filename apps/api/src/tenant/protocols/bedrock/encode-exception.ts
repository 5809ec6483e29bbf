/** Writes a problem as an exception frame, for a stream that has begun. */

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
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const codec = new EventStreamCodec(
    (bytes) => (typeof bytes === "string" ? bytes : decoder.decode(bytes)),
    (text) => encoder.encode(text),
  );
  return codec.encode({
    headers: {
      ":message-type": { type: "string", value: "exception" },
      ":exception-type": { type: "string", value: exception.charAt(0).toLowerCase() + exception.slice(1) },
      ":content-type": { type: "string", value: "application/json" },
    },
    body: encoder.encode(JSON.stringify({ message: problem.message, code: problem.code })),
  });
}
