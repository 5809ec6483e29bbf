/** Base 32 with the "extended hex" alphabet of RFC 4648 section 7, lower case, unpadded: it keeps sort order. */

const alphabet = "0123456789abcdefghijklmnopqrstuv";

/** Five bits a character; the last one is filled up with zeros. */
export function base32hex(bytes: Uint8Array): string {
  let text = "";
  let buffer = 0;
  let bits = 0;
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += alphabet.charAt((buffer >> bits) & 31);
    }
    buffer &= (1 << bits) - 1;
  }
  return bits > 0 ? text + alphabet.charAt((buffer << (5 - bits)) & 31) : text;
}
