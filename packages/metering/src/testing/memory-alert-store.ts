/** For tests: alerts in memory, with the store's own conditions. */
import type { Alert, AlertId, AlertOwner } from "../alerts/alert.ts";
import type { AlertPage, AlertRecord, AlertStore } from "../alerts/alert-store.ts";

export class MemoryAlertStore implements AlertStore {
  readonly records = new Map<AlertId, AlertRecord>();

  async record(alert: Alert): Promise<boolean> {
    if (this.records.has(alert.id)) {
      return false;
    }
    this.records.set(alert.id, { ...alert, deliveries: {}, deliverAtMs: alert.raisedAtMs, version: 1 });
    return true;
  }

  async read(id: AlertId): Promise<AlertRecord | undefined> {
    return this.records.get(id);
  }

  async due(nowMs: number, limit: number): Promise<readonly AlertId[]> {
    return [...this.records.values()]
      .filter(({ deliverAtMs }) => deliverAtMs !== undefined && deliverAtMs <= nowMs)
      .sort((a, b) => (a.deliverAtMs ?? 0) - (b.deliverAtMs ?? 0))
      .slice(0, limit)
      .map(({ id }) => id);
  }

  async advance(
    { deliveries: _, deliverAtMs: _before, ...record }: AlertRecord,
    progress: Pick<AlertRecord, "deliveries" | "deliverAtMs">,
  ): Promise<AlertRecord | undefined> {
    if (this.records.get(record.id)?.version !== record.version) {
      return undefined;
    }
    const next = { ...record, ...progress, version: record.version + 1 };
    this.records.set(record.id, next);
    return next;
  }

  async list(wanted: {
    owner?: AlertOwner | undefined;
    limit: number;
    after?: string | undefined;
  }): Promise<AlertPage> {
    const all = [...this.records.values()]
      .filter(({ owner }) => wanted.owner === undefined || owner === wanted.owner)
      .sort((a, b) => b.raisedAtMs - a.raisedAtMs);
    const start = Number(wanted.after ?? 0);
    const end = start + wanted.limit;
    return { alerts: all.slice(start, end), ...(end < all.length ? { next: String(end) } : {}) };
  }
}
