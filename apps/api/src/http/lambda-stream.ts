/** Serves a Lambda function's events: a slow reader slows the answer's source, one that is gone ends it. */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { lambdaEvent, toRequest } from "./lambda-event.ts";

/** Lambda's own way to send a status and headers before the body: `awslambda.HttpResponseStream`. */
export interface HttpResponseStream {
  from(
    stream: Writable,
    head: {
      readonly statusCode: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly cookies: readonly string[];
    },
  ): Writable;
}

/**
 * Makes the function to give to `awslambda.streamifyResponse`. Its promise resolves only after the answer's
 * source has ended, also when nobody reads any more: what the source does last, settlement above all, is then
 * done before Lambda freezes the process. Rejects when the source fails, which cuts the answer visibly.
 */
export function lambdaHandler(
  fetch: (request: Request) => Response | Promise<Response>,
  httpResponseStream: HttpResponseStream,
): (event: unknown, stream: Writable) => Promise<void> {
  return async (event, stream) => {
    const gone = new AbortController();
    stream.on("error", () => gone.abort());
    stream.on("close", () => gone.abort());
    const response = await fetch(toRequest(lambdaEvent.parse(event), gone.signal));
    const writer = httpResponseStream.from(stream, {
      statusCode: response.status,
      headers: Object.fromEntries([...response.headers].filter(([name]) => name !== "set-cookie")),
      cookies: response.headers.getSetCookie(),
    });
    // Lambda sends the head with the first write, and a body may be empty.
    writer.write("");
    if (response.body) {
      await copy(response.body, writer, gone.signal);
    }
    const flushed = until("finish", writer, gone.signal);
    writer.end();
    await flushed;
  };
}

async function copy(body: ReadableStream<Uint8Array>, writer: Writable, gone: AbortSignal): Promise<void> {
  const reader = body.getReader();
  let left: Promise<void> | undefined;
  // At once, and not when the next chunk cannot be written: the source may be waiting for its own upstream.
  const leave = () => {
    left = reader.cancel().catch(() => undefined);
  };
  if (gone.aborted) {
    leave();
  } else {
    gone.addEventListener("abort", leave, { once: true });
  }
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (!writer.write(read.value)) {
        await until("drain", writer, gone);
      }
    }
  } finally {
    gone.removeEventListener("abort", leave);
    await left;
  }
}

/** Resolves with the event, or when the writer is gone. */
async function until(event: "drain" | "finish", writer: Writable, gone: AbortSignal): Promise<void> {
  await once(writer, event, { signal: gone }).catch(() => undefined);
}
