/** A message of a conversation as relevance search reads it. */
import { CaprockError } from "@caprock/domain";
import { dayOf, daysIn } from "./dates.ts";

/** ISO 8601 (without a zone: UTC) or another text that names a day, a Date, or milliseconds since 1970. */
export type Timestamp = string | number | Date;

export interface ConversationMessage {
  /** What `select` returns; each message of a conversation has its own. */
  readonly id: string | number;
  readonly text?: string | undefined;
  /** Who spoke, in conversations of people with names; otherwise the role stands in. */
  readonly speaker?: string | undefined;
  readonly role?: string | undefined;
  readonly timestamp?: Timestamp | undefined;
  /** Messages of one sitting; without it, those of one day (UTC) belong together. */
  readonly session?: string | number | undefined;
  /** What the message costs in the prompt; without it, the built-in estimate. */
  readonly tokens?: number | undefined;
}

/** Throws CaprockError (`invalid_request`) for a message that no answer could name. */
export function checkMessage(message: ConversationMessage, place: number): void {
  if ((message?.id ?? undefined) === undefined) {
    throw new CaprockError({
      code: "invalid_request",
      message: `The conversation's message ${place}, counted from 0, has no "id": it is what \`select\` returns.`,
      param: `messages[${place}].id`,
    });
  }
}

const yearFirst = /^\s*(\d{4})[-/](\d{1,2})[-/](\d{1,2})/;
const zone = /(?:Z|[+-]\d\d:?\d\d)\s*$/i;

/** Days since 1970-01-01 (UTC), or undefined for what names no day. */
export function dayOfTimestamp(timestamp: Timestamp | null | undefined): number | undefined {
  if (timestamp === undefined || timestamp === null) {
    return undefined;
  }
  if (typeof timestamp !== "string") {
    return finite(dayOf(Number(timestamp)));
  }
  const zoned = zone.test(timestamp) ? finite(dayOf(Date.parse(timestamp))) : undefined;
  const [, year, month, day] = yearFirst.exec(timestamp) ?? [];
  return (
    zoned ??
    finite(dayOf(Date.UTC(Number(year), Number(month) - 1, Number(day)))) ??
    daysIn(timestamp, undefined, [])[0]?.fromDay
  );
}

function finite(day: number): number | undefined {
  return Number.isFinite(day) ? day : undefined;
}
