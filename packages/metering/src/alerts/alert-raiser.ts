/** Raises alerts: once each, however often and by however many processes the same one is found. */
import type { Clock } from "@caprock/domain";
import { type AlertDraft, type AlertId, alertIdOf, raisedAlert } from "./alert.ts";
import type { AlertStore } from "./alert-store.ts";

/** Ids that are remembered; when there are more, they are forgotten and the store is asked again. */
const mostRemembered = 50_000;

/** The store's conditional write decides; what this process knows to be raised only saves it the question. */
export class AlertRaiser {
  private readonly alerts: Pick<AlertStore, "record">;
  private readonly clock: Clock;
  private readonly raised = new Set<AlertId>();

  constructor(alerts: Pick<AlertStore, "record">, clock: Clock) {
    this.alerts = alerts;
    this.clock = clock;
  }

  /** True when this call raised it. Delivery is the worker's. */
  async raise(draft: AlertDraft): Promise<boolean> {
    const id = alertIdOf(draft);
    if (this.raised.has(id)) {
      return false;
    }
    const isNew = await this.alerts.record(raisedAlert(draft, this.clock.now()));
    if (this.raised.size >= mostRemembered) {
      this.raised.clear();
    }
    this.raised.add(id);
    return isNew;
  }
}
