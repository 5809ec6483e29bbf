/** Writes a problem as an exception frame, for a stream that has begun. */

import type { Problem } from "@caprock/domain";
import { EventStreamCodec } from "@smithy/core/event-streams";
import { exceptionOf } from "./to-error.ts";

/** The exceptions that ConverseStream's event union has; any other is told as an internal one. */
const streamExceptions = new Set([
  "InternalServerException",
  "ModelStreamErrorException",
  "ServiceUnavailableException",
  "ThrottlingException",
  "ValidationException",
]);

/** One event-stream frame with valid checksums. */
export function encodeException(problem: Problem): Uint8Array {
  const named =
    exceptionOf(problem) === "ModelErrorException" ? "ModelStreamErrorException" : exceptionOf(problem);
  const exception = streamExceptions.has(named) ? named : "InternalServerException";
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
