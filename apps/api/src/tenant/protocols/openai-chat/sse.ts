/** Server-sent events as OpenAI's wire writes them: unnamed, one JSON value each, and a last one that says so. */

/** One event. JSON has no raw line breaks, so one `data:` line holds it. */
export function sseData(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

/** The event after the last chunk. */
export const sseDone = "data: [DONE]\n\n";
