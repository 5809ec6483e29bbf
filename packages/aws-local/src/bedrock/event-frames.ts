/** Frames of Bedrock's event streams, with the padding member that AWS adds. */
import { EventStreamCodec } from "@smithy/core/event-streams";
import type { AwsErrorName } from "../aws-error.ts";

const padding = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export const eventStreamContentType = "application/vnd.amazon.eventstream";

/** Encodes what one stream sends. */
export class EventFrames {
  readonly #codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes).toString("utf8"),
    (text) => Buffer.from(text, "utf8"),
  );
  #count = 0;

  event(type: string, body: Readonly<Record<string, unknown>>): Uint8Array {
    this.#count += 1;
    // AWS hides the length of what is said behind a padding of changing length.
    const p = padding.slice(0, (this.#count * 7) % padding.length);
    return this.#encode({ ":event-type": type, ":message-type": "event" }, { ...body, p });
  }

  exception(name: AwsErrorName, message: string): Uint8Array {
    const type = name.charAt(0).toLowerCase() + name.slice(1);
    return this.#encode({ ":exception-type": type, ":message-type": "exception" }, { message });
  }

  #encode(headers: Readonly<Record<string, string>>, body: unknown): Uint8Array {
    const all = { ...headers, ":content-type": "application/json" };
    return this.#codec.encode({
      headers: Object.fromEntries(
        Object.entries(all).map(([name, value]) => [name, { type: "string" as const, value }]),
      ),
      body: Buffer.from(JSON.stringify(body)),
    });
  }
}
