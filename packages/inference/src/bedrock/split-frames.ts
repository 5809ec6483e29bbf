/** Cuts a byte stream into event-stream frames, however the bytes happen to arrive. */

/** A frame says its whole length in its first four bytes; 16 MiB is far above what Bedrock sends. */
const prefixBytes = 4;
const smallestFrameBytes = 16;
const largestFrameBytes = 16 * 1024 * 1024;

export class FrameSplitter {
  private rest: Uint8Array = new Uint8Array(0);

  /** Takes the next bytes and returns the frames that are now whole. Throws RangeError on an absurd length. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.rest.length === 0 ? chunk : Buffer.concat([this.rest, chunk]);
    const frames: Uint8Array[] = [];
    let start = 0;
    while (bytes.length - start >= prefixBytes) {
      const length = new DataView(bytes.buffer, bytes.byteOffset + start).getUint32(0);
      if (length < smallestFrameBytes || length > largestFrameBytes) {
        throw new RangeError(`An event-stream frame cannot be ${length} bytes long.`);
      }
      if (bytes.length - start < length) {
        break;
      }
      frames.push(bytes.subarray(start, start + length));
      start += length;
    }
    this.rest = bytes.subarray(start);
    return frames;
  }

  /** Bytes of a frame that has begun and not ended. */
  get pendingBytes(): number {
    return this.rest.length;
  }
}
