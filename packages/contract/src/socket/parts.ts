/** Sends messages of any length within the limits of API Gateway's WebSockets, and puts them together again. */
import type { MessagePart } from "./messages.ts";

/**
 * API Gateway closes a connection with code 1009 at a frame above 32 KB (quotas of WebSocket APIs), and browsers send a
 * message as one frame. The rest is left for what may surround a text.
 */
export const longestTextBytes = 30_000;

const encoder = new TextEncoder();
const bytesOf = (text: string): number => encoder.encode(text).byteLength;

/** The texts to send for a message, in order: one, or parts that each fit. `name` is used where there are parts. */
export function textsOf(message: object, name: () => string): readonly string[] {
  const whole = JSON.stringify(message);
  if (bytesOf(whole) <= longestTextBytes) {
    return [whole];
  }
  const pieces = piecesOf(whole);
  const messageName = name();
  return pieces.map((text, index) =>
    JSON.stringify({
      type: "part",
      message: messageName,
      index,
      count: pieces.length,
      text,
    } satisfies MessagePart),
  );
}

const roomForMembers = 200;

/** Cut between any two code units: half a surrogate pair survives as a JSON escape. */
function piecesOf(text: string): readonly string[] {
  const pieces: string[] = [];
  let at = 0;
  while (at < text.length) {
    let units = longestTextBytes - roomForMembers;
    while (bytesOf(JSON.stringify(text.slice(at, at + units))) > longestTextBytes - roomForMembers) {
      units = Math.floor(units / 2);
    }
    pieces.push(text.slice(at, at + units));
    at += units;
  }
  return pieces;
}

/** Collects parts in memory. */
export class PartsInMemory {
  private readonly messages = new Map<string, { pieces: (string | undefined)[]; missing: number }>();

  /** The whole text, once its last part is there. A part that comes twice counts once. */
  add({ message, index, count, text }: MessagePart): string | undefined {
    const known = this.messages.get(message) ?? { pieces: [], missing: count };
    if (index < count && known.pieces[index] === undefined) {
      known.pieces[index] = text;
      known.missing -= 1;
    }
    if (known.missing > 0) {
      this.messages.set(message, known);
      return undefined;
    }
    this.messages.delete(message);
    return known.pieces.join("");
  }
}
