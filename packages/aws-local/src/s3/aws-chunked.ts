/** Decodes the aws-chunked bodies in which SDKs upload streams with a trailing checksum. */

/**
 * Takes the content out of its chunks. Chunk signatures and trailers are passed over, not verified. Throws on a
 * body that ends within a chunk.
 */
export function decodeAwsChunked(body: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = body.indexOf("\r\n", at);
    const size = Number.parseInt(body.toString("latin1", at, lineEnd < 0 ? at : lineEnd), 16);
    const start = lineEnd + 2;
    if (Number.isNaN(size) || start + size > body.length) {
      throw new Error("The aws-chunked body is cut short.");
    }
    if (size === 0) {
      return Buffer.concat(parts);
    }
    parts.push(body.subarray(start, start + size));
    at = start + size + 2;
  }
}
