/** Cuts a turn's events into groups that each fit an item. */
import type { JsonObject } from "@caprock/inference";

/** An item holds 400 KB; one with events ends well before. */
const mostEventsBytes = 300_000;

export const mostEventsOfGroup = 500;

/** The groups in their order, each with how many events stand before it. */
export function* groupsOf(
  events: readonly JsonObject[],
): Generator<{ readonly at: number; readonly events: readonly JsonObject[] }> {
  let at = 0;
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    const more = Buffer.byteLength(JSON.stringify(event));
    if (index > at && (bytes + more > mostEventsBytes || index - at === mostEventsOfGroup)) {
      yield { at, events: events.slice(at, index) };
      at = index;
      bytes = 0;
    }
    bytes += more;
  }
  if (events.length > at) {
    yield { at, events: events.slice(at) };
  }
}
