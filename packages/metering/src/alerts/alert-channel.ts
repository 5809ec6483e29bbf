/** Port: a way alerts reach people or other systems. */
import type { Alert } from "./alert.ts";

export interface AlertChannel {
  /** Names it in the records of alerts: "sns", "webhook". */
  readonly name: string;
  /**
   * Resolves when the receiver has taken the alert. Throws when it has not, and when nobody knows: then it is sent
   * again, under the same id, by which receivers tell repeats.
   */
  send(alert: Alert): Promise<void>;
}

/** A delivery that failed for a reason that may be shown: it names no address and no secret. */
export class DeliveryError extends Error {
  override name = "DeliveryError";
}
