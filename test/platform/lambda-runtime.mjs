/** Stands in for Lambda's Node runtime: gives the bundled handler one event over IPC, sends back what it streamed. */
import { PassThrough } from "node:stream";

globalThis.awslambda = {
  streamifyResponse: (handler) => handler,
  HttpResponseStream: {
    from(stream, metadata) {
      stream.metadata = metadata;
      return stream;
    },
  },
};

const { handler } = await import(process.argv[2]);

process.on("message", async (event) => {
  const stream = new PassThrough();
  const chunks = [];
  stream.on("data", (chunk) => chunks.push(chunk.toString("base64")));
  await handler(event, stream, {});
  process.send({ metadata: stream.metadata, chunks });
});
process.on("disconnect", () => process.exit(0));
process.send({ ready: true });
