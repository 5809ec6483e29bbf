import { once } from "node:events";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { type HttpResponseStream, lambdaHandler } from "./lambda-stream.ts";
import { streamBody } from "./stream-body.ts";

const timeoutMs = 20_000;
const event = { httpMethod: "GET", path: "/", isBase64Encoded: false };

/** Stands in for Lambda's stream; it takes a chunk only when told, and can fail at one. */
class TestWriter extends Writable {
  head: Parameters<HttpResponseStream["from"]>[1] | undefined;
  readonly taken: string[] = [];
  private readonly take: (chunk: string) => Promise<void>;

  constructor(take: (chunk: string) => Promise<void> = () => Promise.resolve()) {
    super({ highWaterMark: 1 });
    this.take = take;
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    const text = chunk.toString();
    this.take(text).then(() => {
      this.taken.push(text);
      done();
    }, done);
  }
}

const from: HttpResponseStream = {
  from(stream, head) {
    (stream as TestWriter).head = head;
    return stream;
  },
};

/** A source of numbered chunks that tells what became of it. */
function openSource() {
  const seen = { given: 0, aborted: false, returned: false };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      while (seen.given < 100) {
        seen.given += 1;
        yield Buffer.from(`${seen.given}.`);
      }
    } finally {
      // What an ending source still has to do takes time.
      await new Promise(setImmediate);
      seen.returned = true;
    }
  }
  return { seen, body: () => streamBody(chunks(), () => Object.assign(seen, { aborted: true })) };
}

test("an answer is streamed whole, behind its status, headers and cookies", {
  timeout: timeoutMs,
}, async () => {
  const { seen, body } = openSource();
  const headers = new Headers({ "content-type": "text/plain" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  const writer = new TestWriter();
  await lambdaHandler(() => new Response(body(), { status: 201, headers }), from)(event, writer);
  expect(writer.head).toEqual({
    statusCode: 201,
    headers: { "content-type": "text/plain" },
    cookies: ["a=1", "b=2"],
  });
  expect(writer.taken.join("")).toMatch(/^1\.2\..*\.100\.$/);
  expect(writer.writableFinished).toBe(true);
  expect(seen).toEqual({ given: 100, aborted: false, returned: true });
});

test("an answer without a body is still sent: its head goes with the first write", {
  timeout: timeoutMs,
}, async () => {
  const writer = new TestWriter();
  await lambdaHandler(() => new Response(null, { status: 204 }), from)(event, writer);
  expect(writer.taken).toEqual([""]);
  expect(writer.writableFinished).toBe(true);
});

test("a reader that takes nothing holds the source back", { timeout: timeoutMs }, async () => {
  const { seen, body } = openSource();
  const gate = new EventTarget();
  const stuck = once(gate, "stuck");
  const opened = once(gate, "open");
  const writer = new TestWriter(async (chunk) => {
    if (chunk === "3.") {
      gate.dispatchEvent(new Event("stuck"));
      await opened;
    }
  });
  const ended = lambdaHandler(() => new Response(body()), from)(event, writer);
  await stuck;
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise(setImmediate);
  }
  expect(seen.given).toBe(3);
  gate.dispatchEvent(new Event("open"));
  await ended;
  expect(seen.given).toBe(100);
});

test("a writer that fails in mid-stream ends the source, and the function waits for that", {
  timeout: timeoutMs,
}, async () => {
  const { seen, body } = openSource();
  const writer = new TestWriter((chunk) =>
    chunk === "5." ? Promise.reject(new Error("gone")) : Promise.resolve(),
  );
  let signal: AbortSignal | undefined;
  const handler = lambdaHandler((request) => {
    signal = request.signal;
    return new Response(body());
  }, from);
  await handler(event, writer);
  expect(seen).toEqual({ given: 5, aborted: true, returned: true });
  expect(signal?.aborted).toBe(true);
});

test("a writer that fails while the source waits for its upstream wakes the source", {
  timeout: timeoutMs,
}, async () => {
  const upstream = new AbortController();
  const seen: string[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      yield Buffer.from("first");
      await new Promise<void>((resolve) => {
        upstream.signal.addEventListener("abort", () => resolve());
        setImmediate(() => writer.destroy(new Error("gone")));
      });
      seen.push("woken");
    } finally {
      seen.push("returned");
    }
  }
  const writer = new TestWriter();
  const response = new Response(streamBody(chunks(), () => upstream.abort()));
  await lambdaHandler(() => response, from)(event, writer);
  expect(seen).toEqual(["woken", "returned"]);
});

test("a writer that fails before the answer is there aborts the call, and its answer's source is returned", {
  timeout: timeoutMs,
}, async () => {
  const { seen, body } = openSource();
  const writer = new TestWriter();
  const handler = lambdaHandler(async ({ signal }) => {
    writer.destroy(new Error("gone"));
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return new Response(body());
  }, from);
  await handler(event, writer);
  expect(seen).toMatchObject({ aborted: true, returned: true });
});

test("a source that fails fails the function, so that what came of the answer does not pass for all of it", {
  timeout: timeoutMs,
}, async () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("part");
    throw new Error("broken off");
  }
  const writer = new TestWriter();
  const response = new Response(streamBody(chunks(), () => undefined));
  await expect(lambdaHandler(() => response, from)(event, writer)).rejects.toThrow("broken off");
  expect(writer.writableEnded).toBe(false);
});
