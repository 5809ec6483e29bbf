/** Reads a ConverseStream body: frames out of bytes, exceptions in the stream as thrown faults. */
import { EventStreamCodec } from "@smithy/core/event-streams";
import { BedrockFault } from "../bedrock-fault.ts";
import type { ConverseFrame, JsonObject } from "../bedrock-runtime.ts";
import { FrameSplitter } from "./split-frames.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * Yields the frames of every read together. Throws BedrockFault when the stream carries an exception, when a
 * checksum is wrong, or when it ends within a frame. A stream that has begun may have cost something.
 */
export async function* readFrames(body: AsyncIterable<Uint8Array>): AsyncGenerator<readonly ConverseFrame[]> {
  const codec = new EventStreamCodec(
    (bytes) => (typeof bytes === "string" ? bytes : decoder.decode(bytes)),
    (text) => encoder.encode(text),
  );
  const splitter = new FrameSplitter();
  for await (const chunk of body) {
    const frames: ConverseFrame[] = [];
    let fault: BedrockFault | undefined;
    for (const bytes of split(splitter, chunk)) {
      const read = readFrame(codec, bytes);
      if (read instanceof BedrockFault) {
        fault = read;
        break;
      }
      frames.push(read);
    }
    if (frames.length > 0) {
      yield frames;
    }
    if (fault) {
      throw fault;
    }
  }
  if (splitter.pendingBytes > 0) {
    throw new BedrockFault("ConnectionError", "The stream ended within a frame.", { mayHaveRun: "perhaps" });
  }
}

function split(splitter: FrameSplitter, chunk: Uint8Array): Uint8Array[] {
  try {
    return splitter.push(chunk);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function readFrame(codec: EventStreamCodec, bytes: Uint8Array): ConverseFrame | BedrockFault {
  try {
    const { headers, body } = codec.decode(bytes);
    const payload = JSON.parse(decoder.decode(body)) as JsonObject;
    if (headers[":message-type"]?.value === "event") {
      return { type: String(headers[":event-type"]?.value), event: payload, bytes };
    }
    // Exception types stand in lower camel case in the stream: "throttlingException".
    const type = String(
      headers[":exception-type"]?.value ?? headers[":error-code"]?.value ?? "unknownException",
    );
    const exception = type.charAt(0).toUpperCase() + type.slice(1);
    return new BedrockFault(exception, String(payload.message ?? ""), { mayHaveRun: "perhaps" });
  } catch (cause) {
    return unreadable(cause);
  }
}

function unreadable(cause: unknown): BedrockFault {
  return new BedrockFault("UnreadableStream", "The stream could not be read.", {
    mayHaveRun: "perhaps",
    cause,
  });
}
