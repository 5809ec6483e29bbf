import { EventStreamCodec } from "@smithy/core/event-streams";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readFrames } from "./read-frames.ts";
import { FrameSplitter } from "./split-frames.ts";

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes as Uint8Array).toString("utf8"),
  (text) => Buffer.from(text, "utf8"),
);
function frame(headers: Record<string, string>, payload: unknown): Uint8Array {
  return codec.encode({
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, { type: "string" as const, value }]),
    ),
    body: Buffer.from(JSON.stringify(payload)),
  });
}
const event = (type: string, payload: unknown) =>
  frame({ ":message-type": "event", ":event-type": type }, payload);

const payloads = fc.array(fc.record({ text: fc.string({ unit: "grapheme", maxLength: 200 }) }), {
  maxLength: 8,
});
const cuts = fc.array(fc.nat(), { maxLength: 12 });

/** The bytes in pieces, empty ones too, cut at any places. */
function chunked(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
}

async function* asStream(chunks: readonly Uint8Array[]) {
  yield* chunks;
}

async function readAll(chunks: readonly Uint8Array[]) {
  const events: unknown[] = [];
  for await (const batch of readFrames(asStream(chunks))) {
    expect(batch.length).toBeGreaterThan(0);
    events.push(...batch.map(({ event: payload }) => payload));
  }
  return events;
}

test("however the bytes are cut, the same frames come out, byte for byte, and nothing is left over", () => {
  fc.assert(
    fc.property(payloads, cuts, (sent, places) => {
      const frames = sent.map((payload) => event("contentBlockDelta", payload));
      const splitter = new FrameSplitter();
      const found = chunked(Buffer.concat(frames), places).flatMap((chunk) => splitter.push(chunk));
      expect(found.map((bytes) => Buffer.from(bytes))).toEqual(frames.map((bytes) => Buffer.from(bytes)));
      expect(splitter.pendingBytes).toBe(0);
    }),
  );
});

test("frames given out earlier are not changed by later bytes", () => {
  const frames = ["a", "b", "c"].map((text) => event("contentBlockDelta", { text }));
  const splitter = new FrameSplitter();
  const found = chunked(Buffer.concat(frames), [5, 70, 130, 200]).flatMap((chunk) =>
    splitter.push(Buffer.from(chunk)),
  );
  expect(found.map((bytes) => JSON.parse(Buffer.from(codec.decode(bytes).body).toString()).text)).toEqual([
    "a",
    "b",
    "c",
  ]);
});

test("a stream reads the same however it is cut, and one that ends within a frame is told from one that ends", async () => {
  await fc.assert(
    fc.asyncProperty(payloads, cuts, fc.nat(), async (sent, places, missing) => {
      const bytes = Buffer.concat(sent.map((payload) => event("contentBlockDelta", payload)));
      expect(await readAll(chunked(bytes, places))).toEqual(sent);
      const last = event("contentBlockDelta", { text: "cut off" });
      const part = last.subarray(0, 1 + (missing % (last.length - 1)));
      await expect(readAll(chunked(Buffer.concat([bytes, part]), places))).rejects.toMatchObject({
        exception: "ConnectionError",
        mayHaveRun: "perhaps",
      });
    }),
  );
});

test("no byte of a frame can change unseen", async () => {
  const good = event("contentBlockDelta", { text: "hello" });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 4, max: good.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, flip) => {
        const bad = Uint8Array.from(good);
        bad[at] = bad[at]! ^ flip;
        await expect(readAll([bad])).rejects.toMatchObject({ exception: "UnreadableStream" });
      },
    ),
  );
});

test.each([0, 15, 16 * 1024 * 1024 + 1, 0xffff_ffff])(
  "a frame that claims %d bytes is refused at once",
  async (length) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    expect(() => new FrameSplitter().push(head)).toThrow(RangeError);
    await expect(readAll([head])).rejects.toMatchObject({
      exception: "UnreadableStream",
      mayHaveRun: "perhaps",
    });
  },
);

test("what came before an exception in one read is given out first", async () => {
  const exception = frame(
    { ":message-type": "exception", ":exception-type": "modelStreamErrorException" },
    { message: "no" },
  );
  const iterator = readFrames(
    asStream([Buffer.concat([event("messageStart", { role: "assistant" }), exception])]),
  );
  expect((await iterator.next()).value).toMatchObject([{ type: "messageStart" }]);
  await expect(iterator.next()).rejects.toMatchObject({
    exception: "ModelStreamErrorException",
    message: "no",
  });
});

test("an error frame, which has a code instead of a type, is a fault too", async () => {
  const error = frame({ ":message-type": "error", ":error-code": "internalServerException" }, {});
  await expect(readAll([error])).rejects.toMatchObject({ exception: "InternalServerException" });
});
