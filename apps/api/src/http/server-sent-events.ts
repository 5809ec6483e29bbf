/** Server-sent events (HTML standard, section 9.2): how one is written, and the response that streams them. */
import type { Timer } from "@caprock/domain";
import { withHeartbeats } from "./heartbeats.ts";
import { streamBody } from "./stream-body.ts";
import { unbufferedHeaders } from "./unbuffered-headers.ts";

/** One event. JSON has no raw line breaks, so one `data:` line holds it. An unnamed one has no `event:` line. */
export function sseEvent(value: unknown, name?: string): string {
  const data = `data: ${JSON.stringify(value)}\n\n`;
  return name === undefined ? data : `event: ${name}\n${data}`;
}

/** Well below the 30 to 60 seconds after which proxies, CloudFront and API Gateway among them, give a silence up. */
const silenceMs = 15_000;

export interface SseStream {
  /** Texts of whole events; each is sent as soon as it is there. */
  readonly events: AsyncGenerator<string>;
  /** Called first when the reader leaves. */
  readonly hangUp: () => void;
  readonly timer: Timer;
  readonly headers: Readonly<Record<string, string>>;
  /** What is said in a silence; a comment, which every reader passes over, where a wire has nothing of its own. */
  readonly heartbeat?: string;
}

/** The response, with what tells proxies not to collect, compress or keep it. */
export function sseResponse({
  events,
  hangUp,
  timer,
  headers,
  heartbeat = ": keep-alive\n\n",
}: SseStream): Response {
  const beat = new TextEncoder().encode(heartbeat);
  const chunks = withHeartbeats(encoded(events), { beat, intervalMs: silenceMs, timer });
  return new Response(streamBody(chunks, hangUp), {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      ...unbufferedHeaders,
      ...headers,
    },
  });
}

async function* encoded(texts: AsyncGenerator<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const text of texts) {
    yield encoder.encode(text);
  }
}
