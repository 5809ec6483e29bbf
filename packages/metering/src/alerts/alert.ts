/** What an alert is, and the id that keeps it from being raised twice. */
import { createHash } from "node:crypto";
import type { TenantId } from "@caprock/domain";
import type { platformOwner } from "../limits.ts";

export const alertRules = ["threshold", "forecast", "anomaly", "unpriced", "reconciliation"] as const;
export type AlertRule = (typeof alertRules)[number];

export type AlertOwner = TenantId | typeof platformOwner;

/** `alert_` and 32 hex digits; the same for the same owner, rule, window and level, whoever works it out. */
export type AlertId = string;

/** What makes an alert this one and no other. */
export interface AlertKey {
  readonly owner: AlertOwner;
  readonly rule: AlertRule;
  /** The stretch of time it speaks of: "2026-11" of a limit, the hour of an anomaly. It is raised once in each. */
  readonly window: string;
  /** What was reached in the window: which limit and how much of it, which model. */
  readonly level: string;
}

/** An alert that has not been raised yet. */
export interface AlertDraft extends AlertKey {
  /** One sentence for people. */
  readonly summary: string;
  /** The figures behind it, by name: amounts of money as decimal USD, counts as decimal text. */
  readonly facts: Readonly<Record<string, string>>;
}

export interface Alert extends AlertDraft {
  readonly id: AlertId;
  readonly raisedAtMs: number;
}

/**
 * A hash, because receivers put narrow bounds on ids: no full stop in a `webhook-id` (Standard Webhooks 1.0.0,
 * "Signature scheme"), at most 128 characters in an SNS deduplication id.
 */
export function alertIdOf({ owner, rule, window, level }: AlertKey): AlertId {
  const key = JSON.stringify([owner, rule, window, level]);
  return `alert_${createHash("sha256").update(key).digest("hex").slice(0, 32)}`;
}

/** The alert of a draft that is raised at an instant. */
export function raisedAlert(draft: AlertDraft, raisedAtMs: number): Alert {
  return { ...draft, id: alertIdOf(draft), raisedAtMs };
}
