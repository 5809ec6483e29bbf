/** Counts the members of all objects in a JSON text, to find out whether one is named twice. */

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/**
 * A parser keeps one of two members of the same name, and another parser may keep the other; a body that is passed on
 * byte for byte must mean the same to both. Outside of texts, JSON has exactly one colon for each member. `json` must be
 * valid. Work: linear; texts are skipped by native search.
 */
export function countMembers(json: Uint8Array): number {
  const bytes = Buffer.from(json.buffer, json.byteOffset, json.byteLength);
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfText(bytes, at + 1);
    } else if (byte === colon) {
      count += 1;
    }
  }
  return count;
}

/** Where the closing quote stands: the first that an even number of backslashes comes before. */
function endOfText(bytes: Buffer, start: number): number {
  let at = bytes.indexOf(quote, start);
  while (at !== -1) {
    let before = at - 1;
    while (before >= start && bytes[before] === backslash) {
      before -= 1;
    }
    if ((at - before) % 2 === 1) {
      return at;
    }
    at = bytes.indexOf(quote, at + 1);
  }
  return bytes.length;
}
