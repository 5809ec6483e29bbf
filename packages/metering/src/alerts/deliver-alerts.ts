/** Delivers what was raised: to every channel, again and again until it has it. */
import type { Clock, Random } from "@caprock/domain";
import type { AlertId } from "./alert.ts";
import { type AlertChannel, DeliveryError } from "./alert-channel.ts";
import type { AlertRecord, AlertStore, Delivery } from "./alert-store.ts";
import { fullJitterMs } from "./backoff.ts";

export interface DeliverParts {
  readonly alerts: AlertStore;
  /** With none, alerts are recorded and shown, and nothing is sent. */
  readonly channels: readonly AlertChannel[];
  readonly clock: Clock;
  readonly random: Random;
  /** How long an attempt may take before another process may take it for lost; longer than any channel's own end. */
  readonly leaseMs: number;
  readonly onFailure: (what: string, error: unknown) => void;
}

export interface DeliverReport {
  delivered: number;
  /** Attempts that failed, or whose outcome nobody knows; they are made again. */
  failed: number;
}

/** Alerts of one round; the rest follow in the next. */
const mostPerRound = 100;
const atOnce = 8;
const betweenAttempts = { baseMs: 10_000, mostMs: 3_600_000 };

/**
 * Delivers the alerts that are due. An attempt is claimed by a conditional write before anything is sent, so that of
 * two workers one sends; it is marked as delivered after. One that was killed in between is made again when the claim
 * has run out, under the same id: that an alert is taken twice can be told by it, and that it is lost cannot happen.
 */
export async function deliverAlerts(parts: DeliverParts): Promise<DeliverReport> {
  const report: DeliverReport = { delivered: 0, failed: 0 };
  const waiting = [...(await parts.alerts.due(parts.clock.now(), mostPerRound))];
  const deliverOn = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      try {
        await deliverOne(id, parts, report);
      } catch (error) {
        parts.onFailure(id, error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, deliverOn));
  return report;
}

async function deliverOne(id: AlertId, parts: DeliverParts, report: DeliverReport): Promise<void> {
  const nowMs = parts.clock.now();
  const record = await parts.alerts.read(id);
  if (record?.deliverAtMs === undefined || record.deliverAtMs > nowMs) {
    return;
  }
  const due = parts.channels.filter(({ name }) => {
    const delivery = record.deliveries[name];
    return delivery === undefined || (delivery.state === "pending" && delivery.dueAtMs <= nowMs);
  });
  const claims = due.map(({ name }) => {
    const attempts = (record.deliveries[name]?.attempts ?? 0) + 1;
    return [name, { state: "pending", attempts, dueAtMs: nowMs + parts.leaseMs }] as const;
  });
  const claimed = await advance(record, Object.fromEntries(claims), parts);
  if (!claimed) {
    return;
  }
  await Promise.all(
    due.map(async (channel) => {
      const attempts = claimed.deliveries[channel.name]?.attempts ?? 1;
      const outcome = await attempt(channel, claimed, attempts, parts);
      report[outcome.state === "delivered" ? "delivered" : "failed"] += 1;
      await note(id, channel.name, outcome, parts);
    }),
  );
}

async function attempt(
  channel: AlertChannel,
  record: AlertRecord,
  attempts: number,
  { clock, random, onFailure }: DeliverParts,
): Promise<Delivery> {
  try {
    await channel.send(record);
    const nowMs = clock.now();
    return { state: "delivered", attempts, dueAtMs: nowMs, deliveredAtMs: nowMs };
  } catch (error) {
    onFailure(`${record.id} to ${channel.name}`, error);
    return {
      state: "pending",
      attempts,
      dueAtMs: clock.now() + fullJitterMs(attempts, betweenAttempts, random),
      lastFailure: error instanceof DeliveryError ? error.message : "The receiver could not be reached.",
    };
  }
}

/** Notes how an attempt ended; another channel, or another worker, may have changed the record meanwhile. */
async function note(id: AlertId, channel: string, outcome: Delivery, parts: DeliverParts): Promise<void> {
  for (;;) {
    const record = await parts.alerts.read(id);
    const noted = record?.deliveries[channel];
    const isNewer = noted === undefined || noted.attempts === outcome.attempts;
    const isNews = noted?.state !== "delivered" && (outcome.state === "delivered" || isNewer);
    if (!record || !isNews || (await advance(record, { [channel]: outcome }, parts))) {
      return;
    }
  }
}

function advance(
  record: AlertRecord,
  changes: Readonly<Record<string, Delivery>>,
  { alerts, channels }: DeliverParts,
): Promise<AlertRecord | undefined> {
  const deliveries = { ...record.deliveries, ...changes };
  const open = channels.flatMap(({ name }) => {
    const delivery = deliveries[name];
    return delivery === undefined
      ? [record.raisedAtMs]
      : delivery.state === "pending"
        ? [delivery.dueAtMs]
        : [];
  });
  return alerts.advance(record, {
    deliveries,
    ...(open.length === 0 ? {} : { deliverAtMs: Math.min(...open) }),
  });
}
