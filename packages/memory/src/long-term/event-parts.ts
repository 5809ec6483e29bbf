/** Cuts turns into the parts of events, within what AgentCore takes: text as conversation, the rest as data. */
import { z } from "zod";
import { type SessionTurn, type TurnMessage, textOf } from "./session-turn.ts";

/** AgentCore's limits: messages of an event, bytes of a message, and of an event (10 MB, less room for framing). */
export const mostParts = 100;
const mostTextBytes = 100_000;
const mostEventBytes = 9_000_000;

/** Of one turn's tool calls and results, so that its data always goes into one event. */
const mostDataBytes = 4_000_000;

/** Data beside the conversation is never drawn from; it carries the turn's id, which AgentCore has no place for. */
export const turnDataSchema = z.object({
  turnId: z.string(),
  sequence: z.number().int(),
  /** Tool calls and results, in Converse's form. */
  blocks: z.array(z.record(z.string(), z.unknown())),
  /** How many parts of conversation before this one are the turn's. */
  texts: z.number().int(),
});
export type TurnData = z.infer<typeof turnDataSchema>;

export type EventPart =
  | { readonly role: "user" | "assistant"; readonly text: string }
  | { readonly data: TurnData };

/** The parts of one turn: what was said in order, then one part of data. */
function partsOf(turn: SessionTurn): EventPart[] {
  const texts = turn.messages.flatMap((message) => {
    const text = textOf(message);
    return text.trim() === "" ? [] : cut(text).map((piece) => ({ role: message.role, text: piece }));
  });
  const blocks = within(mostDataBytes, turn.messages.flatMap(dataBlocks));
  const { turnId, sequence } = turn;
  return [...texts, { data: { turnId, sequence, blocks, texts: texts.length } }];
}

/**
 * Cuts turns into events, each within the limits; a turn goes whole into one wherever it can. The same turns are always
 * cut alike, which is what makes a repeated event the same event.
 */
export function cutIntoEvents(turns: readonly SessionTurn[]): EventPart[][] {
  const events: EventPart[][] = [];
  let open: EventPart[] = [];
  let bytes = 0;
  const close = () => {
    if (open.length > 0) {
      events.push(open);
    }
    open = [];
    bytes = 0;
  };
  for (const parts of turns.map(partsOf)) {
    const size = parts.reduce((sum, part) => sum + bytesOf(part), 0);
    if (open.length + parts.length > mostParts || bytes + size > mostEventBytes) {
      close();
    }
    for (const part of parts) {
      const partBytes = bytesOf(part);
      if (open.length === mostParts || bytes + partBytes > mostEventBytes) {
        close();
      }
      open.push(part);
      bytes += partBytes;
    }
  }
  close();
  return events;
}

/** Tool calls and results; what is binary is named, not stored. */
function dataBlocks({ content }: TurnMessage): Record<string, unknown>[] {
  return content.flatMap((block) => {
    if ("toolUse" in block || "toolResult" in block) {
      const json = JSON.stringify(block, (_, value: unknown) =>
        value instanceof Uint8Array ? "(binary content)" : value,
      );
      const small = Buffer.byteLength(json) <= mostTextBytes;
      return [small ? (JSON.parse(json) as Record<string, unknown>) : { omitted: "larger than 100 KB" }];
    }
    return "text" in block ? [] : [{ omitted: Object.keys(block).join(", ") }];
  });
}

/** The first blocks that fit; for the others, how many they are. */
function within(mostBytes: number, blocks: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  let bytes = 0;
  const kept = blocks.filter((block) => {
    bytes += Buffer.byteLength(JSON.stringify(block));
    return bytes <= mostBytes;
  });
  const left = blocks.length - kept.length;
  return left === 0 ? kept : [...kept, { omitted: `${left} more` }];
}

/** Pieces of at most 100 KB, never through the middle of a character. */
function cut(text: string): string[] {
  if (Buffer.byteLength(text) <= mostTextBytes) {
    return [text];
  }
  const pieces: string[] = [];
  let piece = "";
  let bytes = 0;
  for (const character of text) {
    const size = Buffer.byteLength(character);
    if (bytes + size > mostTextBytes) {
      pieces.push(piece);
      piece = "";
      bytes = 0;
    }
    piece += character;
    bytes += size;
  }
  return [...pieces, piece].filter((one) => one.trim() !== "");
}

function bytesOf(part: EventPart): number {
  return Buffer.byteLength("text" in part ? part.text : JSON.stringify(part.data)) + 64;
}

/** An event's parts without those of one turn. */
export function withoutTurn(parts: readonly EventPart[], turnId: string): EventPart[] {
  const kept: EventPart[] = [];
  for (const part of parts) {
    kept.push(part);
    if ("data" in part && part.data.turnId === turnId) {
      kept.length -= Math.min(kept.length, part.data.texts + 1);
    }
  }
  return kept;
}

export function hasTurn(parts: readonly EventPart[], turnId: string): boolean {
  return parts.some((part) => "data" in part && part.data.turnId === turnId);
}
