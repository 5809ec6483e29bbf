/** What Lambda's Node runtime puts into the global scope for functions that stream their answer. */
declare const awslambda: {
  /** Marks a handler as streaming. The runtime waits for the promise, and for the stream's end. */
  streamifyResponse(
    handler: (event: unknown, stream: import("node:stream").Writable) => Promise<void>,
  ): unknown;
  readonly HttpResponseStream: import("./http/lambda-stream.ts").HttpResponseStream;
};
