/** Cuts a text into pieces of so many bytes, never within a character. */

/** UTF-8 writes all bytes of a character but its first as 10xxxxxx. */
const isInside = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80;

/** `mostBytes` is at least 4, the length of the longest character. */
export function toPieces(text: string, mostBytes: number): readonly string[] {
  const bytes = Buffer.from(text);
  const pieces: string[] = [];
  for (let start = 0; start < bytes.length; ) {
    let end = Math.min(start + mostBytes, bytes.length);
    while (isInside(bytes[end])) {
      end -= 1;
    }
    pieces.push(bytes.toString("utf8", start, end));
    start = end;
  }
  return pieces;
}
