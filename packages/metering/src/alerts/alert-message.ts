/** What channels send of an alert: the body is the same on each. */
import type { Alert } from "./alert.ts";

/** The payload structure of Standard Webhooks 1.0.0: type, timestamp of the event, data. */
export function alertMessage({ id, owner, rule, window, level, summary, facts, raisedAtMs }: Alert): string {
  return JSON.stringify({
    type: `caprock.alert.${rule}`,
    timestamp: new Date(raisedAtMs).toISOString(),
    data: { id, owner, rule, window, level, summary, facts },
  });
}
